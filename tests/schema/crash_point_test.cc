#include "schema/crash_point.h"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

namespace keymeter {
namespace {

void Pass(const char* crash_at, const char* name, int times) {
  ::setenv("KEYMETER_TEST_CRASH_AT", crash_at, 1);
  for (int i = 0; i < times; ++i) CrashPoint(name);
  std::_Exit(0);  // it lived
}

TEST(CrashPoint, KillsAtTheNamedPassAndAtNoOther) {
  EXPECT_EXIT(Pass("flush.growth", "flush.growth", 1), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(Pass("flush.growth:3", "flush.growth", 3), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(Pass("flush.growth:3", "flush.growth", 2), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(Pass("flush.growth", "flush.readings", 5), ::testing::ExitedWithCode(0), "");
}

TEST(CrashPoint, IsNothingWhereNoTestAsksForIt) {
  CrashPoint("flush.growth");
}

}  // namespace
}  // namespace keymeter
