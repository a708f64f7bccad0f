#include "processor/source/skipped_values.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

class SkippedValuesTest : public ::testing::Test {
 protected:
  /// Whether it was logged.
  bool Skip(std::int64_t hour) { return Skip(Level::kHour, hour); }
  bool Skip(Level level, std::int64_t bucket) {
    ::testing::internal::CaptureStderr();
    skipped_.Add(series_, level, bucket, "requests", "abc");
    return ::testing::internal::GetCapturedStderr().find("value skipped") != std::string::npos;
  }

  Meter meter_;
  const SeriesId series_ = meter_.InternSeries(EntityKind::kApiKey, "k1", "gpt-5");
  SkippedValues skipped_{meter_};
};

TEST_F(SkippedValuesTest, AreAllCountedAndLoggedOnceASeries) {
  EXPECT_TRUE(Skip(Hour(12)));
  EXPECT_FALSE(Skip(Hour(12)));
  EXPECT_FALSE(Skip(Hour(13))) << "the next hour's counter is written by the same hand";
  EXPECT_EQ(skipped_.count(), 3);
}

TEST_F(SkippedValuesTest, AreLoggedAgainOnceTheirBucketWasReadWell) {
  EXPECT_TRUE(Skip(Hour(12)));
  skipped_.OnReadWell(series_, Level::kHour, Hour(12));
  EXPECT_TRUE(Skip(Hour(13)));
}

TEST_F(SkippedValuesTest, AreNotLoggedAgainForGoodBucketsBesideTheBadOne) {
  EXPECT_TRUE(Skip(Level::kDay, Hour(0)));
  skipped_.OnReadWell(series_, Level::kMonth, Hour(0));
  skipped_.OnReadWell(series_, Level::kDay, Hour(24));
  skipped_.OnReadWell(series_ + 1, Level::kDay, Hour(0));
  EXPECT_FALSE(Skip(Level::kDay, Hour(0)));
}

TEST_F(SkippedValuesTest, AreLoggedAgainOnceTheLastBadBucketWasReadWell) {
  EXPECT_TRUE(Skip(Hour(12)));
  EXPECT_FALSE(Skip(Hour(13)));
  skipped_.OnReadWell(series_, Level::kHour, Hour(12));
  EXPECT_FALSE(Skip(Hour(14)));
  skipped_.OnReadWell(series_, Level::kHour, Hour(14));
  EXPECT_TRUE(Skip(Hour(15)));
}

}  // namespace

}  // namespace keymeter::processor
