#include "processor/source/skipped_values.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

class SkippedValuesTest : public ::testing::Test {
 protected:
  /// Whether it was logged.
  bool Skip(std::int64_t hour) {
    ::testing::internal::CaptureStderr();
    skipped_.Add(series_, Level::kHour, FormatRfc3339(hour * 1000), "requests", "abc");
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

TEST_F(SkippedValuesTest, AreLoggedAgainOnceTheSeriesWasReadWell) {
  EXPECT_TRUE(Skip(Hour(12)));
  skipped_.OnReadWell(series_);
  EXPECT_TRUE(Skip(Hour(13)));
}

}  // namespace

}  // namespace keymeter::processor
