#include "tests/support/fast_clock.h"

#include <gtest/gtest.h>

#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

TEST(FastClock, RunsFasterThanOursFromWhereItBegan) {
  const FastClock::Start start = FastClock::StartAt(1'000'000, 1000);
  const FastClock clock(start);
  EXPECT_GE(clock.WallMs(), 1'000'000);
  EXPECT_TRUE(WaitFor([&] { return clock.WallMs() >= 1'000'000 + 60'000; }));  // in 60 ms
}

}  // namespace
}  // namespace keymeter::testing
