#include "processor/metering/offset_evidence.h"

#include <gtest/gtest.h>

#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

struct Write {
  int named_hour;
  std::string_view at;
};

/// Hours of the offset that the writes show; 99 when they show none.
std::int64_t Shown(std::initializer_list<Write> writes) {
  OffsetEvidence evidence;
  for (const auto& [hour, at] : writes) evidence.Add(Hour(hour) / kHourSeconds, At(at));
  const auto shown = evidence.Conclusion();
  return shown ? *shown / kHourSeconds : 99;
}

TEST(OffsetEvidence, IsWhatAllWritesAllow) {
  EXPECT_EQ(Shown({{20, "12:30:00"}, {19, "11:15:00"}}), 8);
  EXPECT_EQ(Shown({{12, "12:30:00"}, {11, "11:15:00"}}), 0);
  EXPECT_EQ(Shown({{5, "12:30:00"}, {5, "12:31:30"}}), -7);
}

TEST(OffsetEvidence, IsNothingWithoutAWrite) {
  EXPECT_EQ(Shown({}), 99);
}

TEST(OffsetEvidence, OneWriteProvesNothing) {
  EXPECT_EQ(Shown({{20, "12:30:00"}}), 99);
}

TEST(OffsetEvidence, TimesToLiveThatWereRenewedAtOnceContradictEachOther) {
  EXPECT_EQ(Shown({{20, "12:30:00"}, {19, "12:30:00"}, {10, "12:30:00"}}), 99);
}

TEST(OffsetEvidence, WritesThatContradictEachOtherProveNothing) {
  OffsetEvidence evidence;
  for (const int hour : {20, 19, 18}) evidence.Add(Hour(hour) / kHourSeconds, At("12:30:00") + hour);
  evidence.Add(Hour(20) / kHourSeconds, At("12:40:00"));
  EXPECT_TRUE(evidence.IsContradictory());
  EXPECT_EQ(evidence.Conclusion(), std::nullopt);
}

TEST(OffsetEvidence, NoOffsetOnEarthExplainsAnHourOfLastWeek) {
  EXPECT_EQ(Shown({{-100, "12:30:00"}, {-100, "12:35:00"}}), 99);
}

TEST(OffsetEvidence, NearAnEdgeTheClocksMayDiffer) {
  EXPECT_EQ(Shown({{20, "12:01:00"}, {20, "12:59:30"}}), 8) << "two offsets each, one in common";
  EXPECT_EQ(Shown({{20, "12:59:00"}, {19, "11:59:30"}}), 99) << "+08:00 and +07:00 explain both";
}

}  // namespace

}  // namespace keymeter::processor
