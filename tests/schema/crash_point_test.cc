#include "schema/crash_point.h"

#include <string>

#include <gtest/gtest.h>

namespace keymeter {
namespace {

std::string& Passed() {
  static std::string names;
  return names;
}

TEST(CrashPoint, TellsTheHookItsName) {
  SetCrashHook([](std::string_view name) { Passed().append(name).append(" "); });
  CrashPoint("flush.growth");
  CrashPoint("flush.readings");
  SetCrashHook(nullptr);
  CrashPoint("flush.growth");
  EXPECT_EQ(Passed(), "flush.growth flush.readings ");
}

TEST(CrashPoint, IsNothingWhereNoHookIsSet) {
  CrashPoint("flush.growth");
}

}  // namespace
}  // namespace keymeter
