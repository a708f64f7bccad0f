#include "processor/storage/audit_writer.h"

#include <gtest/gtest.h>

#include "processor/storage/window_writer.h"
#include "tests/processor/metering/values.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter::processor {

namespace {

/// Series 1 grew by 5 in hour 12, which is rolled up.
class AuditWriterTest : public ::testing::Test {
 protected:
  AuditWriterTest() {
    WriteBatch batch;
    batch.new_series = {{1, {EntityKind::kApiKey, "k", "m"}}};
    batch.growth = {{Level::kMinute, Minute("12:03"), 1, Usage(5)}};
    EXPECT_TRUE(writer_.Write(batch));
    EXPECT_TRUE(writer_.RollUp(Minute("13:00")));
  }

  /// Compares an hour, with a last reading of `requests`.
  AuditFindings CompareHour(int hour, std::int64_t requests) {
    WriteBatch batch;
    batch.readings = {{Hour(hour), 1, At("13:00:10"), Usage(requests)}};
    batch.audit.emplace().hours = {Hour(hour)};
    EXPECT_TRUE(writer_.Write(batch));
    return writer_.TakeFindings().value();
  }
  AuditFindings Compare(const AuditStep& step) {
    WriteBatch batch;
    batch.audit = step;
    EXPECT_TRUE(writer_.Write(batch));
    return writer_.TakeFindings().value();
  }
  /// So that no gap lies at its beginning.
  void CoverTheDay() {
    WriteBatch batch;
    batch.coverage = {{Hour(0), 60'000}};
    ASSERT_TRUE(writer_.Write(batch));
  }
  [[nodiscard]] std::string Value(const std::string& sql) const {
    return testing::DatabaseRows(path_).Value(sql);
  }
  /// "requests 7 5": metric, relay, ours.
  [[nodiscard]] std::string Drift() const {
    return Value("SELECT group_concat(metric || ' ' || relay || ' ' || ours) FROM drift_found");
  }

  const std::int64_t month_ = Hour(0) - 19 * kDaySeconds;  ///< its begin
  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  WindowWriter writer_ = WindowWriter::Open(path_).value();
};

TEST_F(AuditWriterTest, FindsNothingWhereRowsAndReadingsAgree) {
  const AuditFindings findings = CompareHour(12, 5);
  EXPECT_EQ(findings.hours, 1);
  EXPECT_TRUE(findings.drift.empty());
  EXPECT_EQ(Drift(), "");
}

TEST_F(AuditWriterTest, WritesAndReportsWhatDiffers) {
  const AuditFindings findings = CompareHour(12, 7);
  ASSERT_EQ(findings.drift.size(), 1U);
  EXPECT_EQ(findings.drift[0].series, 1U);
  EXPECT_EQ(findings.all_drift, 1);
  EXPECT_EQ(Drift(), "requests 7 5");
}

TEST_F(AuditWriterTest, ExplainsADifferenceByTheAdjustmentsOfTheHour) {
  WriteBatch batch;
  batch.adjustments = {{At("12:30:00"), FallReason::kReset, Hour(12), 1, Usage(3)}};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_TRUE(CompareHour(12, 2).drift.empty()) << "5 are ours, of which the relay lost 3";
}

TEST_F(AuditWriterTest, ReplacesWhatItFoundBeforeAboutTheSameHour) {
  (void)CompareHour(12, 7);
  EXPECT_EQ(CompareHour(12, 5).all_drift, 0);
  EXPECT_EQ(Drift(), "");
}

TEST_F(AuditWriterTest, ForgetsWhatItFoundAboutHoursThatTheRelayNoLongerKeeps) {
  (void)CompareHour(12, 7);
  AuditStep step;
  step.oldest_hour = Hour(13);
  EXPECT_EQ(Compare(step).all_drift, 0);
}

TEST_F(AuditWriterTest, LeavesAnHourThatIsNotRolledUpAlone) {
  EXPECT_EQ(CompareHour(13, 7).hours, 0);
}

TEST_F(AuditWriterTest, FindsADayThatHoldsLessThanItsRow) {
  AuditStep step;
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(4)}};
  const AuditFindings findings = Compare(step);
  EXPECT_EQ(findings.days, 1);
  EXPECT_EQ(Drift(), "requests 4 5");
}

TEST_F(AuditWriterTest, TakesWhatADayHoldsBeyondItsRowAndSaysSo) {
  AuditStep step;
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(7)}};
  const AuditFindings findings = Compare(step);
  EXPECT_EQ(findings.history.recovered, 1);
  EXPECT_EQ(findings.history.recovered_requests, 2);
  EXPECT_EQ(Drift(), "");
  EXPECT_EQ(Value("SELECT requests FROM api_key_usage_day"), "7");
  EXPECT_EQ(Value("SELECT level || ' ' || requests FROM api_key_untimed"), "day 2");
  EXPECT_EQ(Value("SELECT found_by || ' ' || level || ' ' || entity || ' ' || requests FROM recovered"),
            "audit day k 2");
  EXPECT_EQ(Compare(step).history.recovered, 0) << "once";
}

/// Nobody knows whether the day was read before its hour grew, or fell.
TEST_F(AuditWriterTest, LeavesADayThatMayBeOlderThanItsRowToTheNextAudit) {
  WriteBatch batch;
  batch.growth = {{Level::kHour, Hour(12), 1, Usage(3)}};
  batch.adjustments = {{At("12:30:00"), FallReason::kReset, Hour(12), 1, Usage(1)}};
  batch.audit.emplace().days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(5)}};
  ASSERT_TRUE(writer_.Write(batch));
  const AuditFindings findings = writer_.TakeFindings().value();
  EXPECT_EQ(findings.history.overtaken, 1);
  EXPECT_EQ(findings.days, 0);
  EXPECT_EQ(Value("SELECT count(*) FROM adjustment"), "1") << "no further one";
  EXPECT_EQ(Drift(), "");
  AuditStep step;
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(5)}};
  EXPECT_EQ(Compare(step).history.overtaken, 0);
  EXPECT_EQ(Value("SELECT group_concat(level || ' ' || requests, ', ') FROM adjustment"), "hour 1, day 2");
}

TEST_F(AuditWriterTest, LeavesADaysSumThatMayBeOlderThanItsRowsToTheNextAudit) {
  CoverTheDay();
  ASSERT_TRUE(writer_.RollUp(Hour(24)));
  WriteBatch batch;
  batch.growth = {{Level::kHour, Hour(12), 1, Usage(3)}};
  batch.audit.emplace().sums = {{Hour(0), EntityKind::kApiKey, {Metric::kRequests}, Usage(5)}};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(writer_.TakeFindings().value().history.overtaken, 1);
  EXPECT_EQ(Drift(), "");
  EXPECT_EQ(Compare(*batch.audit).days, 1);
  EXPECT_EQ(Drift(), "requests 5 8");
}

TEST_F(AuditWriterTest, KeepsWhatWasKnownOfADayThatItLeavesToTheNextAudit) {
  CoverTheDay();
  ASSERT_TRUE(writer_.RollUp(Hour(24)));
  AuditStep step;
  step.sums = {{Hour(0), EntityKind::kApiKey, {Metric::kRequests}, Usage(4)}};
  (void)Compare(step);
  ASSERT_EQ(Drift(), "requests 4 5");
  WriteBatch batch;
  batch.growth = {{Level::kHour, Hour(12), 1, Usage(3)}};
  batch.audit = step;
  batch.audited = AuditRow{.begun_ms = At("13:30:00"), .is_whole = true};
  batch.heartbeat.flush_ms = At("13:31:00");
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Drift(), "requests 4 5");
}

TEST_F(AuditWriterTest, TakesWhatAMonthHoldsBeyondItsDays) {
  AuditStep step;
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(7)},
               {Level::kMonth, month_, EntityKind::kApiKey, 1, Usage(10)}};
  EXPECT_EQ(Compare(step).history.recovered, 2);
  EXPECT_EQ(Value("SELECT requests FROM api_key_usage_month"), "10");
  EXPECT_EQ(
      Value("SELECT group_concat(level || ' ' || requests) FROM (SELECT * FROM recovered ORDER BY level)"),
      "day 2,month 3");
}

TEST_F(AuditWriterTest, TakesNothingThatAnAdjustmentMayExplain) {
  WriteBatch batch;
  batch.adjustments = {{At("12:30:00"), FallReason::kReset, Hour(12), 1, Usage(3)}};
  ASSERT_TRUE(writer_.Write(batch));
  AuditStep step;
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(4)}};
  EXPECT_EQ(Compare(step).history.recovered, 0);
  EXPECT_EQ(Drift(), "");
}

TEST_F(AuditWriterTest, TakesFieldsThatHoursLackWithoutCallingThemRecovered) {
  AuditStep step;
  CoarseReading day{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(5)};
  day.values[Metric::kEphemeral5mTokens] = 40;
  step.days = {day};
  EXPECT_EQ(Compare(step).history.recovered, 0);
  EXPECT_EQ(Drift(), "");
  EXPECT_EQ(Value("SELECT requests || ' ' || ephemeral_5m_tokens FROM api_key_usage_day"), "5 40");
}

TEST_F(AuditWriterTest, OfASumThatLacksWhatWasRecoveredFindsNothing) {
  ASSERT_TRUE(writer_.RollUp(Hour(24)));
  CoverTheDay();
  AuditStep step;
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(7)}};
  step.sums = {{Hour(0), EntityKind::kApiKey, {Metric::kRequests}, Usage(5)}};
  (void)Compare(step);
  EXPECT_EQ(Drift(), "") << "an import wrote the key's day only";
}

TEST_F(AuditWriterTest, OfASumThatLacksMoreThanWhatStillStandsFindsTheRest) {
  ASSERT_TRUE(writer_.RollUp(Hour(24)));
  CoverTheDay();
  AuditStep step;
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(7)}};
  (void)Compare(step);
  WriteBatch hour;  // of the two that were recovered
  hour.growth = {{Level::kHour, Hour(3), 1, Usage(2)}};
  ASSERT_TRUE(writer_.Write(hour));
  step.days.clear();
  step.sums = {{Hour(0), EntityKind::kApiKey, {Metric::kRequests}, Usage(5)}};
  (void)Compare(step);
  EXPECT_EQ(Drift(), "requests 5 7");
}

/// The relay's reset deletes all counters; adjustments tell of those hours only that still had a reading.
TEST_F(AuditWriterTest, SettlesAMonthThatAResetBeganAnew) {
  WriteBatch batch;
  batch.growth = {{Level::kHour, month_, 1, Usage(100)}};
  batch.adjustments = {{At("12:30:00"), FallReason::kReset, Hour(12), 1, Usage(3)}};
  ASSERT_TRUE(writer_.Write(batch));
  AuditStep step;
  step.days = {{Level::kMonth, month_, EntityKind::kApiKey, 1, Usage(2)}};
  EXPECT_EQ(Compare(step).all_drift, 0);
  EXPECT_EQ(Value("SELECT reason || ' ' || requests FROM adjustments WHERE level = 'month'"), "reset 100");
  (void)Compare(step);
  EXPECT_EQ(Value("SELECT count(*) FROM adjustments"), "2") << "settled once";
  EXPECT_EQ(Value("SELECT requests FROM api_key_usage_month"), "105") << "no row shrinks";
}

/// The day was ahead of its hour when it was taken, and a reset deleted both before the hour was read. What
/// came then cannot be told from what was taken, and what is left of that is gone from the relay.
TEST_F(AuditWriterTest, SettlesWhatItTookOfADayWhoseHourWasResetBeforeItWasRead) {
  ASSERT_TRUE(writer_.RollUp(Hour(24)));
  AuditStep step;
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(9)}};
  EXPECT_EQ(Compare(step).history.recovered, 1);
  WriteBatch batch;
  batch.adjustments = {{At("12:30:00"), FallReason::kReset, Hour(12), 1, Usage(5)}};
  batch.growth = {{Level::kHour, Hour(12), 1, Usage(1)}};
  ASSERT_TRUE(writer_.Write(batch));
  step.days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(1)}};
  EXPECT_EQ(Compare(step).all_drift, 0);
  EXPECT_EQ(Value("SELECT reason || ' ' || requests FROM adjustments WHERE level = 'day'"), "reset 3");
  EXPECT_EQ(Value("SELECT requests FROM usage_untimed WHERE level = 'day'"), "3");
  EXPECT_EQ(Value("SELECT requests FROM api_key_usage_day"), "9") << "the relay's 1, and 5 + 3";
}

TEST_F(AuditWriterTest, LeavesDriftOfAMonthWithoutAResetStanding) {
  WriteBatch batch;
  batch.adjustments = {{At("12:30:00"), FallReason::kCorrection, Hour(12), 1, Usage(1)}};
  ASSERT_TRUE(writer_.Write(batch));
  AuditStep step;
  step.days = {{Level::kMonth, month_, EntityKind::kApiKey, 1, Usage(2)}};
  EXPECT_EQ(Compare(step).all_drift, 1);
  EXPECT_EQ(Value("SELECT count(*) FROM adjustments"), "1");
}

TEST_F(AuditWriterTest, ForgetsDriftOfDaysWhoseCountersAreGone) {
  WriteBatch batch;
  batch.heartbeat.flush_ms = At("13:00:00");
  batch.audit.emplace().days = {{Level::kDay, Hour(0), EntityKind::kApiKey, 1, Usage(4)}};
  ASSERT_TRUE(writer_.Write(batch));
  const auto finish = [&](bool is_whole) {
    WriteBatch end;
    end.audited = AuditRow{.begun_ms = At("13:30:00"), .is_whole = is_whole};
    EXPECT_TRUE(writer_.Write(end));
    return writer_.TakeFindings().value().all_drift;
  };
  EXPECT_EQ(finish(false), 1) << "it did not look";
  EXPECT_EQ(finish(true), 0);
}

TEST_F(AuditWriterTest, ComparesTheSumOfADayOnlyWhereNoGapLiesInIt) {
  ASSERT_TRUE(writer_.RollUp(Hour(24)));
  AuditStep step;
  step.sums = {{Hour(0), EntityKind::kApiKey, {Metric::kRequests}, Usage(6)}};
  EXPECT_EQ(Compare(step).days, 0) << "nobody watched when the day began";
  CoverTheDay();
  EXPECT_EQ(Compare(step).days, 1);
  EXPECT_EQ(Drift(), "requests 6 5");
}

TEST_F(AuditWriterTest, GivesItsFindingsOnceAndNoneForABatchWithoutAnAudit) {
  (void)CompareHour(12, 5);
  EXPECT_FALSE(writer_.TakeFindings());
  ASSERT_TRUE(writer_.Write({}));
  EXPECT_FALSE(writer_.TakeFindings());
}

TEST_F(AuditWriterTest, WritesDownAnAuditThatIsComplete) {
  WriteBatch batch;
  batch.audited = AuditRow{At("13:00:00"), 250, Hour(3), Hour(12), 9, 1, 2};
  ASSERT_TRUE(writer_.Write(batch));
  EXPECT_EQ(Value("SELECT took_ms || ' ' || hours || ' ' || days || ' ' || drift FROM audit"), "250 9 1 2");
  EXPECT_EQ(Value("SELECT audited_until FROM source_state"), std::to_string(Hour(12)));
}

}  // namespace

}  // namespace keymeter::processor
