#include "processor/pipeline/start_offset.h"

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

/// A file that was metered by an offset of some origin, and what a start makes of it.
class StartOffsetTest : public ::testing::Test {
 protected:
  void Store(int hours, OffsetOrigin origin) {
    WriteBatch batch;
    batch.utc_offset_s = hours * kHourSeconds;
    batch.offset_origin = origin;
    ASSERT_TRUE(writer_.Write(batch));
  }
  void Say(int hours) { options_.utc_offset_s = hours * kHourSeconds; }
  void Show(int hours) { options_.shown_offset_s = hours * kHourSeconds; }
  /// "8 said"; the error's text when it is refused.
  std::string Settled() {
    const auto settled = SettleStartOffset(options_, writer_);
    if (!settled) return settled.error().Text();
    if (!settled->seconds) return "unknown";
    return fmt::format("{} {}", *settled->seconds / kHourSeconds, OffsetOriginName(settled->origin));
  }

  testing::TempDir directory_;
  ProcessorOptions options_;
  WindowWriter writer_ = WindowWriter::Open(directory_.File("k.db")).value();
};

TEST_F(StartOffsetTest, IsUnknownAtFirst) {
  EXPECT_EQ(Settled(), "unknown");
  Show(8);
  EXPECT_EQ(Settled(), "8 shown");
  Say(9);
  EXPECT_EQ(Settled(), "9 said");
}

TEST_F(StartOffsetTest, WhatIsSaidPutsAnInferenceRight) {
  Store(5, OffsetOrigin::kInferred);
  Say(8);
  EXPECT_EQ(Settled(), "8 said");
  EXPECT_EQ(writer_.utc_offset_s(), 8 * kHourSeconds);
}

TEST_F(StartOffsetTest, WhatIsSaidPutsWhatWasSaidBeforeRight) {
  Store(5, OffsetOrigin::kSaid);
  Say(8);
  EXPECT_EQ(Settled(), "8 said");
}

TEST_F(StartOffsetTest, WhatIsSaidMayNotContradictLiveTraffic) {
  Store(8, OffsetOrigin::kSeen);
  Say(5);
  EXPECT_NE(Settled().find("use --utc-offset +08:00"), std::string::npos);
  Say(8);
  EXPECT_EQ(Settled(), "8 seen");
}

TEST_F(StartOffsetTest, WhatIsShownPutsAnInferenceRightAndNothingElse) {
  Show(8);
  Store(5, OffsetOrigin::kInferred);
  EXPECT_EQ(Settled(), "8 shown");
  Store(5, OffsetOrigin::kSaid);
  EXPECT_EQ(Settled(), "5 said");
  Store(5, OffsetOrigin::kSeen);
  EXPECT_EQ(Settled(), "5 seen");
}

/// The remedy must not be an offset that the relay contradicts.
TEST_F(StartOffsetTest, AFileWithCountersWithoutAPeriodIsNotPutRightAndSaysWhatToDo) {
  WriteBatch batch;
  batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
  batch.readings = {{kNoPeriod, 1, 1000, {}}};
  ASSERT_TRUE(writer_.Write(batch));
  Store(5, OffsetOrigin::kInferred);
  const std::string cause = fmt::format(
      ": the days in {} begin at +05:00, and it holds counters without a period, which cannot be "
      "moved; name another --db",
      options_.db_path);
  Show(8);
  EXPECT_EQ(Settled(), "the relay's keys show UTC offset +08:00" + cause);
  Say(8);
  EXPECT_EQ(Settled(), "--utc-offset +08:00" + cause);
  EXPECT_EQ(writer_.utc_offset_s(), 5 * kHourSeconds);
}

}  // namespace

}  // namespace keymeter::processor
