#include "query-api/access/rate_limiter.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

class RateLimiterTest : public ::testing::Test {
 protected:
  ManualClock clock_{0};
};

TEST_F(RateLimiterTest, LetsABurstThroughAndThenTheRate) {
  RateLimiter limiter({2, 5}, clock_);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(limiter.Take("a"), 0) << i;
  EXPECT_EQ(limiter.Take("a"), 1);
  clock_.AdvanceMs(499);
  EXPECT_EQ(limiter.Take("a"), 1);
  clock_.AdvanceMs(1);
  EXPECT_EQ(limiter.Take("a"), 0);
  EXPECT_EQ(limiter.Take("a"), 1);
}

TEST_F(RateLimiterTest, FillsUpToTheBurstAndNoFurther) {
  RateLimiter limiter({10, 3}, clock_);
  EXPECT_EQ(limiter.Take("a"), 0);
  clock_.AdvanceMs(3'600'000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.Take("a"), 0) << i;
  EXPECT_EQ(limiter.Take("a"), 1);
}

TEST_F(RateLimiterTest, SaysWhenToComeAgain) {
  RateLimiter limiter({0.1, 1}, clock_);
  EXPECT_EQ(limiter.Take("a"), 0);
  EXPECT_EQ(limiter.Take("a"), 10);
  clock_.AdvanceMs(4'500);
  EXPECT_EQ(limiter.Take("a"), 6);
  clock_.AdvanceMs(5'500);
  EXPECT_EQ(limiter.Take("a"), 0);
}

TEST_F(RateLimiterTest, CountsEachClientForItself) {
  RateLimiter limiter({1, 1}, clock_);
  EXPECT_EQ(limiter.Take("a"), 0);
  EXPECT_EQ(limiter.Take("b"), 0);
  EXPECT_EQ(limiter.Take("a"), 1);
}

TEST_F(RateLimiterTest, ForgetsTheOneThatWasSilentForLongest) {
  RateLimiter limiter({1, 1}, clock_, 2);
  EXPECT_EQ(limiter.Take("a"), 0);
  EXPECT_EQ(limiter.Take("b"), 0);
  EXPECT_EQ(limiter.Take("a"), 1);
  EXPECT_EQ(limiter.Take("c"), 0);
  EXPECT_EQ(limiter.clients(), 2U);
  EXPECT_EQ(limiter.Take("a"), 1) << "came after b";
  EXPECT_EQ(limiter.Take("b"), 0) << "forgotten";
  EXPECT_EQ(limiter.clients(), 2U);
}

TEST_F(RateLimiterTest, ThatIsOffLetsAllThroughAndRemembersNobody) {
  RateLimiter limiter({}, clock_);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limiter.Take("a"), 0);
  EXPECT_EQ(limiter.clients(), 0U);
}

}  // namespace
}  // namespace keymeter::query_api
