#include "processor/runtime/rolling_longest.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

TEST(RollingLongest, IsTheLongestOfThisMinuteAndTheOneBefore) {
  RollingLongest rolling;
  rolling.Add(10 * kMinuteMs, 7);
  rolling.Add(10 * kMinuteMs + 1000, 3);
  EXPECT_EQ(rolling.longest(), 7);
  rolling.Add(11 * kMinuteMs, 2);
  EXPECT_EQ(rolling.longest(), 7);
  rolling.Add(12 * kMinuteMs, 1);
  EXPECT_EQ(rolling.longest(), 2);
}

TEST(RollingLongest, ForgetsAllAfterAMinuteWithoutAny) {
  RollingLongest rolling;
  rolling.Add(10 * kMinuteMs, 7);
  rolling.Add(12 * kMinuteMs, 1);
  EXPECT_EQ(rolling.longest(), 1);
}

}  // namespace

}  // namespace keymeter::processor
