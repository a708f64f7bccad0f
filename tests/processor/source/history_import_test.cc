#include "processor/source/history_import.h"

#include <gtest/gtest.h>

#include "processor/metering/restart_state.h"
#include "schema/clock.h"
#include "schema/event_loop.h"
#include "schema/profile_loader.h"
#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kUtcOffset = 8 * kHourSeconds;

std::int64_t Day(std::string_view date) {
  return *ParseDate(date) - kUtcOffset;
}

/// "day 2026-10-24 to 2026-11-18; month …"
std::string Spans(std::int64_t from, std::int64_t now) {
  std::string text;
  for (const auto& span :
       HistorySpans(LoadProfile("claude-relay-service")->counters, from, from, now, kUtcOffset))
    text += fmt::format("{} {} to {}; ", LevelName(span.level), FormatDate(span.first, kUtcOffset),
                        FormatDate(span.last, kUtcOffset));
  return text;
}

constexpr std::int64_t kEvening = 1795176000 + 1800;  // 2026-11-20T20:30 at the offset

}  // namespace

TEST(HistorySpans, OfTheFirstStartAreEveryClosedDayAndMonthThatTheRelayKeeps) {
  EXPECT_EQ(Spans(0, kEvening), "day 2026-10-19 to 2026-11-19; month 2025-11-01 to 2026-10-01; ");
}

TEST(ClosedPart, IsWhatEndsBefore) {
  const std::vector<HistoryReader::Span> spans{{Level::kDay, Day("2026-11-01"), Day("2026-11-14")},
                                               {Level::kMonth, Day("2026-08-01"), Day("2026-10-01")}};
  EXPECT_EQ(ClosedPart(spans, kEvening, kUtcOffset), spans);
  const auto until_then = ClosedPart(spans, Day("2026-11-11") + 3600, kUtcOffset);
  ASSERT_EQ(until_then.size(), 2U);
  EXPECT_EQ(until_then[0].last, Day("2026-11-10"));
  EXPECT_EQ(until_then[1].last, Day("2026-10-01"));
  const auto long_ago = ClosedPart(spans, Day("2026-10-05"), kUtcOffset);
  ASSERT_EQ(long_ago.size(), 1U);
  EXPECT_EQ(long_ago[0].last, Day("2026-09-01"));
}

TEST(HistorySpans, OfAnAbsenceWithinADayAreNone) {
  EXPECT_EQ(Spans(kEvening - kHourSeconds, kEvening), "");
}

TEST(HistorySpans, OfAnAbsenceAreTheClosedDaysThatItTouched) {
  EXPECT_EQ(Spans(kEvening - 6 * kDaySeconds, kEvening), "day 2026-11-14 to 2026-11-19; ");
}

TEST(HistorySpans, OfFortyDaysAreTheDaysThatAreKeptAndTheMonths) {
  EXPECT_EQ(Spans(kEvening - 40 * kDaySeconds, kEvening),
            "day 2026-10-19 to 2026-11-19; month 2026-10-01 to 2026-10-01; ");
}

TEST(HistorySpans, NeverHoldAnOpenMonth) {
  const std::int64_t first_of_december = Day("2026-12-01") + kHourSeconds;
  EXPECT_EQ(Spans(0, first_of_december), "day 2026-10-30 to 2026-11-30; month 2025-12-01 to 2026-11-01; ");
}

TEST(HistorySpans, NeverHoldADayThatMayStillBeWrittenTo) {
  const std::int64_t midnight = Day("2026-12-01");
  EXPECT_EQ(LastSettled(Level::kDay, midnight + 9 * kMinuteSeconds, kUtcOffset), Day("2026-11-29"));
  EXPECT_EQ(LastSettled(Level::kDay, midnight + 10 * kMinuteSeconds, kUtcOffset), Day("2026-11-30"));
  EXPECT_EQ(LastSettled(Level::kMonth, midnight + 9 * kMinuteSeconds, kUtcOffset), Day("2026-10-01"));
}

TEST(HistorySpans, HoldTheHoursOfCountersThatStandBesideFinerOnes) {
  std::vector<Profile> profiles;
  profiles.push_back(LoadProfile("claude-relay-service").value());
  profiles.push_back(LoadProfile("claude-relay-service-totals").value());
  const auto plan = MeteringPlan::Make(std::move(profiles), {}, 0, 0).value();
  const auto spans = HistorySpans(plan.counters(), 0, kEvening - 2 * kDaySeconds, kEvening, kUtcOffset);
  ASSERT_EQ(spans.size(), 3U);
  EXPECT_EQ(spans[1].level, Level::kHour);
  EXPECT_EQ(spans[1].first, Day("2026-11-18"));
  EXPECT_EQ(spans[1].last, Day("2026-11-20") - kHourSeconds);
}

/// An import whose Redis never answers: what it has read is put into its reader by hand.
class HistoryImportTest : public ::testing::Test {
 protected:
  static MeteringPlan Plan() {
    std::vector<Profile> profiles;
    profiles.push_back(LoadProfile("claude-relay-service").value());
    return MeteringPlan::Make(std::move(profiles), {}, 0, 0).value();
  }
  void Begin() {
    import_.Start(kUtcOffset);
    reader_.PutBack({{Level::kDay, Day("2026-11-02"), EntityKind::kApiKey, 1, Usage(5)}});
  }
  void LoseSession() {
    reader_.Reset();
    import_.Reset();
  }
  /// Goes on, and tells which days it began to read, by its log: "2026-10-24 to 2026-11-18".
  static std::string DaysReadBy(HistoryImport& import) {
    ::testing::internal::CaptureStderr();
    import.Start(kUtcOffset);
    const std::string log = ::testing::internal::GetCapturedStderr();
    if (log.find("reading days and months") == std::string::npos) return "";
    const auto day = [&log](std::string_view field) {
      const auto at = log.find(field) + field.size();
      return FormatDate(*ParseRfc3339(log.substr(at, log.find_first_of(" \n", at) - at)) / 1000, kUtcOffset);
    };
    return day(" from=") + " to " + day(" to=");
  }
  WriteBatch Drain() {
    WriteBatch batch;
    import_.Drain(batch);
    return batch;
  }

  ManualClock clock_{kEvening * 1000};
  EventLoop loop_;
  MeteringPlan plan_ = Plan();
  RedisTarget target_;
  RedisLink link_{loop_, clock_, target_, {}};
  LoadPacer pacer_{1};
  LeftOut left_out_{clock_};
  ScanQueue scans_{loop_, link_, pacer_, left_out_, {}};
  Meter meter_;
  SkippedValues skipped_{meter_};
  HistoryReader reader_{loop_,  plan_,  scans_,   link_,
                        pacer_, meter_, skipped_, [](EntityKind, std::string_view) {}};
  HistoryImport import_{clock_, plan_, reader_, meter_, 0};
};

TEST_F(HistoryImportTest, WhatSqliteRefusedIsWrittenWithTheNextBatch) {
  Begin();
  WriteBatch refused = Drain();
  ASSERT_EQ(refused.history.size(), 1U);
  import_.Undrain(refused);
  EXPECT_EQ(Drain().history.size(), 1U);
}

TEST_F(HistoryImportTest, LeavesTheReaderToAnAuditThatHasBegun) {
  import_.Start(kUtcOffset);
  reader_.Reset();  // all is listed
  reader_.PutBack({{Level::kDay, Day("2026-11-02"), EntityKind::kApiKey, 1, Usage(5)}});
  WriteBatch refused = Drain();
  ASSERT_FALSE(import_.IsRunning());
  reader_.PutBack({{Level::kDay, Day("2026-11-03"), EntityKind::kApiKey, 1, Usage(6)}});  // the audit's
  import_.Undrain(refused);
  import_.GoOn(kUtcOffset);
  EXPECT_FALSE(import_.IsRunning());
  EXPECT_TRUE(Drain().history.empty());
  EXPECT_EQ(reader_.Take().size(), 1U) << "the audit's alone";
  import_.GoOn(kUtcOffset);
  EXPECT_TRUE(import_.IsRunning()) << "all of it is read anew";
}

TEST_F(HistoryImportTest, OfASessionThatIsLostWhileSqliteRefusesStaysDue) {
  Begin();
  WriteBatch refused = Drain();
  LoseSession();
  import_.Undrain(refused);
  const WriteBatch next = Drain();
  EXPECT_TRUE(next.history.empty()) << "a part of a run that is over";
  EXPECT_EQ(next.history_due_from_ms, 0) << "all of it is read anew";
  EXPECT_TRUE(import_.IsDue());
}

TEST_F(HistoryImportTest, ReadsAnewWhatMayHaveBeenOlderThanOurRows) {
  import_.Start(kUtcOffset);
  reader_.Reset();  // all is read
  EXPECT_EQ(Drain().history_due_from_ms, StoredState::kNothing);
  import_.OnFindings({.overtaken = 1});
  EXPECT_EQ(import_.due_from_ms(), 0);
  EXPECT_TRUE(import_.IsWaiting());
  import_.GoOn(kUtcOffset);
  EXPECT_TRUE(import_.IsRunning());
  reader_.Reset();
  (void)Drain();
  EXPECT_FALSE(import_.IsDue());
}

TEST_F(HistoryImportTest, ReadsAnewOnlyWhatTheAbsenceTouchedWhicheverBatchWasOvertaken) {
  for (const bool is_last_batch : {false, true}) {
    HistoryImport import(clock_, plan_, reader_, meter_, StoredState::kNothing);
    import.OnAbsence((kEvening - kDaySeconds) * 1000, true);
    WriteBatch batch;
    EXPECT_EQ(DaysReadBy(import), "2026-10-19 to 2026-11-19") << "all, after a restart";
    import.Drain(batch);  // while more is read
    if (!is_last_batch) import.OnFindings({.overtaken = 1});
    reader_.Reset();
    import.Drain(batch);
    if (is_last_batch) import.OnFindings({.overtaken = 1});
    EXPECT_EQ(DaysReadBy(import), "2026-11-19 to 2026-11-19") << is_last_batch;
    reader_.Reset();
    import.Drain(batch);
    EXPECT_FALSE(import.IsDue());
  }
}

TEST_F(HistoryImportTest, ReadsAllAnewWhenTheLastBatchOfAnOvertakenRunIsLost) {
  HistoryImport import(clock_, plan_, reader_, meter_, StoredState::kNothing);
  import.OnAbsence((kEvening - kDaySeconds) * 1000, true);
  (void)DaysReadBy(import);
  WriteBatch refused;
  import.Drain(refused);
  import.OnFindings({.overtaken = 1});
  reader_.Reset();  // all is listed
  reader_.PutBack({{Level::kDay, Day("2026-11-02"), EntityKind::kApiKey, 1, Usage(5)}});
  import.Drain(refused);
  ASSERT_FALSE(import.IsRunning());
  import.Reset();  // the session ended
  import.Undrain(refused);
  EXPECT_EQ(DaysReadBy(import), "2026-10-19 to 2026-11-19");
}

TEST_F(HistoryImportTest, ThatGrowthOvertakesAgainAndAgainPausesLongerEachTime) {
  import_.Start(kUtcOffset);
  for (const std::int64_t pause_ms : {0, 1000, 2000, 4000, 8000, 16'000, 32'000, 60'000, 60'000}) {
    (void)Drain();
    import_.OnFindings({.overtaken = 1});  // of a batch while more is read
    reader_.Reset();
    (void)Drain();
    import_.OnFindings({.overtaken = 1});
    EXPECT_TRUE(import_.IsDue());
    if (pause_ms > 0) {
      clock_.AdvanceMs(pause_ms - 1);
      import_.GoOn(kUtcOffset);
      EXPECT_FALSE(import_.IsRunning()) << pause_ms;
      clock_.AdvanceMs(1);
    }
    import_.GoOn(kUtcOffset);
    EXPECT_TRUE(import_.IsRunning()) << pause_ms;
  }
}

TEST_F(HistoryImportTest, OfAnAbsenceIsDueFromItsBeginningAndFromTheEarlierOneOfTwo) {
  HistoryImport import(clock_, plan_, reader_, meter_, StoredState::kNothing);
  EXPECT_FALSE(import.IsDue());
  import.OnAbsence(kEvening * 1000 - 100, true);
  import.OnAbsence(kEvening * 1000 - 50, true);
  EXPECT_EQ(import.due_from_ms(), kEvening * 1000 - 100);
}

TEST_F(HistoryImportTest, ReadsEverythingAfterARestartAndAfterAShortAbsenceWhatItTouched) {
  HistoryImport import(clock_, plan_, reader_, meter_, StoredState::kNothing);
  import.OnAbsence(kEvening * 1000 - 100, true);
  import.Start(kUtcOffset);
  EXPECT_TRUE(import.IsRunning()) << "a restart";
  reader_.Reset();
  WriteBatch batch;
  import.Drain(batch);
  ASSERT_FALSE(import.IsDue());
  import.OnAbsence(kEvening * 1000 - 100, true);
  import.Start(kUtcOffset);
  EXPECT_FALSE(import.IsRunning()) << "an absence of today";
  EXPECT_FALSE(import.IsDue());
  import.OnAbsence(kEvening * 1000 - 61'000, true);
  import.Start(kUtcOffset);
  EXPECT_TRUE(import.IsRunning()) << "long enough for an import";
}

TEST_F(HistoryImportTest, OfAnAbsenceWhoseBeginningIsNotKnownIsNoFirstStart) {
  HistoryImport import(clock_, plan_, reader_, meter_, StoredState::kNothing);
  import.OnAbsence(0, true);
  EXPECT_GT(import.due_from_ms(), 0);
}

TEST_F(HistoryImportTest, AReaderThatNobodyWaitsForKeepsNothing) {
  Begin();
  reader_.Abandon();
  EXPECT_TRUE(reader_.Take().empty());
  LoseSession();
  EXPECT_TRUE(reader_.IsDone());
}

}  // namespace keymeter::processor
