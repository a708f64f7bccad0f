#include "tests/support/test_hooks.h"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

#include "schema/crash_point.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

TEST(TestHooks, TheClockIsTheOneThatTheTestBegan) {
  const FastClock::Start start = FastClock::StartAt(1'000'000, 60);
  const FastClock ours(start);
  const auto clock = HookedClock({{kClockVariable, ClockText(start)}});
  const std::int64_t before_ms = ours.WallMs();
  const std::int64_t its_ms = clock->WallMs();
  EXPECT_GE(its_ms, before_ms);
  EXPECT_LE(its_ms, ours.WallMs());
}

TEST(TestHooks, AClockThatIsSetIsSetInEveryProgram) {
  const TempDir directory;
  FastClock::Start start = FastClock::StartAt(1'000'000, 1);
  start.shift_file = directory.File("shift");
  const FastClock ours(start);
  const auto clock = HookedClock({{kClockVariable, ClockText(start)}});
  const std::int64_t monotonic_ms = clock->MonotonicMs();
  ours.SetByMs(-900'000);
  EXPECT_LT(clock->WallMs(), 1'000'000);
  EXPECT_LT(HookedClock({{kClockVariable, ClockText(start)}})->WallMs(), 1'000'000)
      << "one that starts later";
  EXPECT_GE(clock->MonotonicMs(), monotonic_ms);
}

TEST(TestHooks, WithoutAClockItIsTheSystems) {
  EXPECT_NEAR(static_cast<double>(HookedClock({})->WallMs()), static_cast<double>(SystemClock().WallMs()),
              5000);
}

void Pass(const char* crash_at, const char* name, int times) {
  HookCrashPoint({{kCrashVariable, crash_at}});
  for (int i = 0; i < times; ++i) CrashPoint(name);
  std::_Exit(0);  // it lived
}

TEST(TestHooks, ACrashPointKillsAtTheNamedPassAndAtNoOther) {
  EXPECT_EXIT(Pass("flush.growth", "flush.growth", 1), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(Pass("flush.growth:3", "flush.growth", 3), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(Pass("flush.growth:3", "flush.growth", 2), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(Pass("flush.growth", "flush.readings", 5), ::testing::ExitedWithCode(0), "");
}

TEST(TestHooks, AreNoSettingsOfTheProgram) {
  const Variables environment = {
      {"KEYMETER_TEST_SEED", "1"}, {kClockVariable, "1:2:3"}, {"KEYMETER_DB", "x"}, {"PATH", "/bin"}};
  EXPECT_TRUE(HasHooks(environment));
  const Variables expected = {{"KEYMETER_DB", "x"}, {"PATH", "/bin"}};
  EXPECT_EQ(WithoutTestVariables(environment), expected);
  EXPECT_FALSE(HasHooks({{"KEYMETER_TEST_SEED", "1"}}));
}

}  // namespace
}  // namespace keymeter::testing
