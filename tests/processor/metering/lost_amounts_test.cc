#include "processor/metering/lost_amounts.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

TEST(LostAmounts, SumsWhatACounterLost) {
  LostAmounts lost;
  lost.Add(1, Hour(12), Usage(3, 30));
  lost.Add(1, Hour(12), Usage(4));
  lost.Add(1, Hour(13), Usage(9));
  EXPECT_EQ(lost.Of(1, Hour(12)), Usage(7, 30));
  EXPECT_EQ(lost.Of(2, Hour(12)), Amounts{});
}

TEST(LostAmounts, KeepsNothingOfWhatCameBack) {
  LostAmounts lost;
  lost.Add(1, Hour(12), Usage(3));
  lost.Add(1, Hour(12), Usage(-3));
  EXPECT_EQ(lost.size(), 0U);
}

TEST(LostAmounts, ForgetsOldHoursButNoCumulativeCounter) {
  LostAmounts lost;
  lost.Add(1, Hour(12), Usage(3));
  lost.Add(1, Hour(13), Usage(4));
  lost.Add(1, kNoPeriod, Usage(5));
  lost.ForgetBefore(Hour(13));
  EXPECT_EQ(lost.Of(1, Hour(12)), Amounts{});
  EXPECT_EQ(lost.Of(1, Hour(13)), Usage(4));
  EXPECT_EQ(lost.Of(1, kNoPeriod), Usage(5));
}

}  // namespace

}  // namespace keymeter::processor
