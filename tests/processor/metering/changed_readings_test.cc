#include "processor/metering/changed_readings.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

class ChangedReadingsTest : public ::testing::Test {
 protected:
  static Counter Read(SeriesId series, std::int64_t requests) {
    Counter counter;
    counter.series = series;
    counter.hour = Hour(12);
    counter.reading = Usage(requests);
    return counter;
  }
  /// "#1 5" for each row.
  std::vector<std::string> Drained() {
    std::vector<std::string> lines;
    for (const ReadingRow& row : changed_.Drain())
      lines.push_back(fmt::format("#{} {}", row.series, row.values[Metric::kRequests]));
    return lines;
  }
  using Lines = std::vector<std::string>;

  ChangedReadings changed_;
  Counter a_ = Read(1, 5);
  Counter b_ = Read(2, 7);
};

TEST_F(ChangedReadingsTest, AReadingThatChangesAgainTakesThePlaceOfTheOneBefore) {
  changed_.Put(a_);
  changed_.Put(b_);
  a_.reading = Usage(6);
  changed_.Put(a_);
  EXPECT_EQ(Drained(), (Lines{"#1 6", "#2 7"}));
}

TEST_F(ChangedReadingsTest, AfterADrainNoneWaitsAndAnotherOnesRowIsNotTaken) {
  changed_.Put(a_);
  changed_.Put(b_);
  EXPECT_TRUE(changed_.Holds(a_));
  (void)changed_.Drain();
  EXPECT_FALSE(changed_.Holds(a_));
  changed_.Put(b_);  // where a_ stood
  EXPECT_FALSE(changed_.Holds(a_));
  a_.reading = Usage(6);
  changed_.Put(a_);
  EXPECT_EQ(Drained(), (Lines{"#2 7", "#1 6"}));
}

TEST_F(ChangedReadingsTest, ARefusedReadingComesBackUnlessANewerOneWaits) {
  changed_.Put(a_);
  changed_.Put(b_);
  const auto refused = changed_.Drain();
  a_.reading = Usage(6);
  changed_.Put(a_);
  changed_.PutBack(a_, refused[0]);
  changed_.PutBack(b_, refused[1]);
  EXPECT_EQ(Drained(), (Lines{"#1 6", "#2 7"}));
  EXPECT_TRUE(Drained().empty());
}

TEST_F(ChangedReadingsTest, HoursOfOneSeriesAreReadingsOfTheirOwn) {
  Counter next_hour = Read(1, 9);
  next_hour.hour = Hour(13);
  changed_.Put(a_);
  changed_.Put(next_hour);
  EXPECT_EQ(Drained(), (Lines{"#1 5", "#1 9"}));
}

}  // namespace

}  // namespace keymeter::processor
