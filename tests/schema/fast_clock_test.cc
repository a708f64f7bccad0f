#include "schema/fast_clock.h"

#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/wait_for.h"

namespace keymeter {
namespace {

TEST(FastClock, RunsFasterThanOursFromWhereItBegan) {
  const FastClock::Start start = FastClock::StartAt(1'000'000, 1000);
  const FastClock clock(start);
  EXPECT_GE(clock.WallMs(), 1'000'000);
  EXPECT_TRUE(testing::WaitFor([&] { return clock.WallMs() >= 1'000'000 + 60'000; }));  // in 60 ms
}

TEST(FastClock, IsTheProgramsWhereATestAsksForIt) {
  const FastClock::Start start = FastClock::StartAt(1'000'000, 60);
  ::setenv("KEYMETER_TEST_CLOCK",
           fmt::format("{}:{}:{}", start.steady_ms, start.wall_ms, start.speed).c_str(), 1);
  const FastClock ours(start);
  const auto clock = ProgramClock();
  ::unsetenv("KEYMETER_TEST_CLOCK");
  const std::int64_t before_ms = ours.WallMs();
  const std::int64_t its_ms = clock->WallMs();
  EXPECT_GE(its_ms, before_ms);
  EXPECT_LE(its_ms, ours.WallMs());
  EXPECT_NEAR(static_cast<double>(ProgramClock()->WallMs()), static_cast<double>(SystemClock().WallMs()),
              5000);
}

}  // namespace
}  // namespace keymeter
