// Absences that are longer than the relay remembers hours, and days.

#include <gtest/gtest.h>

#include "tests/integration/source_fixture.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kDayMs = kDaySeconds * 1000;

/// One API key with one model, metered, left alone, and met again. The relay writes what it writes for each
/// request into hour, day and month, and forgets as it forgets: by hand, since Redis' clock is not the
/// test's.
class Absence : public SourceFixture {
 protected:
  void Start() {
    Meter(redis_.url());
    AwaitHistory();
  }

  [[nodiscard]] std::string Key(const std::string& kind, const std::string& period) const {
    return "usage:key-1:model:" + kind + ":gpt-5:" + period;
  }
  [[nodiscard]] std::string Date() const { return FormatDate(clock_.WallMs() / 1000, kTraceOffset); }
  [[nodiscard]] std::string HourOfDay() const { return FormatHour(clock_.WallMs() / 1000, kTraceOffset); }

  /// Requests at the present moment of the clock.
  void Serve(int requests) {
    const std::string hour = Date() + ":" + HourOfDay();
    const std::string month = Date().substr(0, 7);
    for (const std::string& key : {Key("daily", Date()), Key("monthly", month), Key("hourly", hour)})
      client_.Must({"HINCRBY", key, "requests", std::to_string(requests)});
    client_.Must({"SADD", "usage:keymodel:hourly:index:" + hour, "key-1:gpt-5"});
    client_.Must({"SADD", "usage:keymodel:daily:index:" + Date(), "key-1:gpt-5"});
    hours_.push_back({clock_.WallMs(), hour});
    days_.push_back({clock_.WallMs(), Date()});
  }
  void Pass(std::int64_t ms) { clock_.AdvanceMs(ms); }

  /// What has not been written to for so long is gone.
  void Expire() {
    for (const auto& [written_ms, hour] : hours_)
      if (clock_.WallMs() - written_ms >= 7 * kDayMs)
        client_.Must({"DEL", Key("hourly", hour), "usage:keymodel:hourly:index:" + hour});
    for (const auto& [written_ms, day] : days_)
      if (clock_.WallMs() - written_ms >= 32 * kDayMs)
        client_.Must({"DEL", Key("daily", day), "usage:keymodel:daily:index:" + day});
  }

  /// "2026-11-20 5, 2026-11-21 3"
  [[nodiscard]] std::string Days() const {
    return Value(
        "SELECT group_concat(date || ' ' || requests, ', ') FROM (SELECT * FROM api_key_usage_day ORDER BY "
        "1)");
  }
  [[nodiscard]] std::string Months() const {
    return Value(
        "SELECT group_concat(month || ' ' || requests, ', ') FROM (SELECT * FROM api_key_usage_month ORDER "
        "BY 1)");
  }
  [[nodiscard]] std::string Untimed() const {
    return Value(
        "SELECT group_concat(level || ' ' || requests, ', ') FROM (SELECT level, sum(requests) AS requests "
        "FROM "
        "api_key_untimed GROUP BY level ORDER BY level)");
  }
  [[nodiscard]] std::string Adjustments() const {
    return Value("SELECT group_concat(reason || ' ' || level || ' ' || requests) FROM adjustments");
  }
  [[nodiscard]] std::string LastGap() const {
    return Value(
        "SELECT reason || ': ' || minute_requests || ' ' || hour_requests || ' ' || day_requests || ' ' || "
        "month_requests FROM gaps ORDER BY from_ms DESC LIMIT 1");
  }
  [[nodiscard]] bool DaysBecome(const std::string& expected) const {
    return WaitFor([&] { return Days() == expected; });
  }
  [[nodiscard]] bool MonthsBecome(const std::string& expected) const {
    return WaitFor([&] { return Months() == expected; });
  }

  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
  std::vector<std::pair<std::int64_t, std::string>> hours_;
  std::vector<std::pair<std::int64_t, std::string>> days_;
};

TEST_F(Absence, OfNineDaysIsRecoveredByHoursWhereTheyAreKeptAndByDaysWhereNot) {
  Start();
  Serve(5);  // 2026-11-20, live
  ASSERT_TRUE(DaysBecome("2026-11-20 5"));
  Leave();
  Serve(2);  // the same day and hour, nobody looks
  Pass(kDayMs);
  Serve(3);  // 2026-11-21: its hours will be gone
  Pass(4 * kDayMs);
  Serve(4);  // 2026-11-25: its hours are kept
  Pass(4 * kDayMs);
  Expire();
  Start();
  EXPECT_TRUE(DaysBecome("2026-11-20 7, 2026-11-21 3, 2026-11-25 4")) << Days();
  EXPECT_EQ(Months(), "2026-11 14");
  EXPECT_EQ(Untimed(), "day 5, hour 4");
  EXPECT_EQ(Value("SELECT count(*) FROM gaps WHERE reason = 'restart'"), "1");
  EXPECT_EQ(LastGap(), "restart: 0 4 5 0");
  EXPECT_EQ(Value("SELECT count(*) FROM adjustments"), "0");
}

TEST_F(Absence, OfFortyDaysIsRecoveredByTheMonthWhereDaysAreGone) {
  Start();
  Serve(5);  // 2026-11-20
  ASSERT_TRUE(DaysBecome("2026-11-20 5"));
  Leave();
  Pass(2 * kDayMs);
  Serve(6);  // 2026-11-22: neither hours nor the day will be kept
  Pass(10 * kDayMs);
  Serve(7);  // 2026-12-02
  Pass(28 * kDayMs);
  Serve(8);  // 2026-12-30: today
  Expire();
  Start();
  EXPECT_TRUE(MonthsBecome("2026-11 11, 2026-12 15")) << Months();
  EXPECT_EQ(Days(), "2026-11-20 5, 2026-12-02 7, 2026-12-30 8");
  EXPECT_EQ(Untimed(), "day 7, hour 8, month 6");
  EXPECT_EQ(LastGap(), "restart: 0 8 7 6");
}

TEST_F(Absence, ThatAKillInterruptsWhileItIsReadIsOneGapAndCountsOnce) {
  Start();
  Serve(5);
  ASSERT_TRUE(DaysBecome("2026-11-20 5"));
  Leave();
  Pass(kDayMs);
  Serve(3);
  Pass(8 * kDayMs);
  Expire();
  for (int i = 0; i < 3; ++i) {
    Start();
    EXPECT_TRUE(DaysBecome("2026-11-20 5, 2026-11-21 3"));
    Leave();
    // As after a crash between the hours and the days: both are due once more.
    DatabaseRows rows(Db());
    const std::string covered = rows.Value("SELECT from_ms FROM gaps LIMIT 1");
    Database writer = Database::Open(Db(), Database::Mode::kReadWrite).value();
    ASSERT_TRUE(writer.Execute(
        fmt::format("UPDATE source_state SET history_due_from_ms = {0}, covered_until_ms = {0}", covered)));
  }
  EXPECT_EQ(Value("SELECT count(*) FROM gaps"), "1");
  EXPECT_EQ(LastGap(), "restart: 0 0 3 0");
}

TEST_F(Absence, BeforeTheFirstStartIsReadByHoursDaysAndMonths) {
  Serve(1);  // 2026-11-20
  Pass(28 * kDayMs);
  Serve(2);  // 2026-12-18
  Pass(10 * kDayMs);
  Serve(3);  // 2026-12-28
  Expire();
  Start();
  EXPECT_TRUE(MonthsBecome("2026-11 1, 2026-12 5")) << Months();
  EXPECT_EQ(Days(), "2026-12-18 2, 2026-12-28 3");
  EXPECT_EQ(Untimed(), "day 2, hour 3, month 1");
  EXPECT_EQ(Value("SELECT count(*) FROM gaps"), "0");
}

TEST_F(Absence, WhoseDayFellMeanwhileIsAnAdjustmentOfThatDay) {
  Start();
  Serve(5);
  ASSERT_TRUE(DaysBecome("2026-11-20 5"));
  Leave();
  client_.Must({"HINCRBY", Key("daily", Date()), "requests", "-2"});
  Pass(9 * kDayMs);
  Expire();
  Start();
  EXPECT_TRUE(WaitFor([&] { return Adjustments() == "rollback day 2"; }));
  EXPECT_EQ(Days(), "2026-11-20 5") << "rows never shrink";
}

/// SQLite refuses the hours until the days are read as well: then both are in one batch.
TEST_F(Absence, WhoseDayFellAndGrewIsAnAdjustmentAlsoBehindARefusedFlush) {
  Start();
  Serve(100);
  ASSERT_TRUE(DaysBecome("2026-11-20 100"));
  Leave();
  Pass(kHourSeconds * 1000);
  Serve(3);
  client_.Must({"HSET", Key("daily", Date()), "requests", "53"});
  Pass(kDayMs);
  {
    Database other = Database::Open(Db(), Database::Mode::kReadWrite).value();
    ASSERT_TRUE(other.Execute("BEGIN IMMEDIATE"));
    Meter(redis_.url());
    ASSERT_TRUE(WaitFor([&] { return metering_->metrics().failed_flushes >= 2; }));
  }
  EXPECT_TRUE(WaitFor([&] { return Adjustments() == "rollback day 50"; })) << Adjustments();
  EXPECT_EQ(Days(), "2026-11-20 103");
  EXPECT_TRUE(WaitFor([&] { return Value("SELECT history_due_from_ms FROM source_state") == "-1"; }));
}

TEST_F(Absence, AnHourThatExpiredWhileNobodyLookedIsNoFall) {
  Start();
  Serve(5);
  ASSERT_TRUE(DaysBecome("2026-11-20 5"));
  Leave();
  Pass(7 * kDayMs);
  Expire();
  Start();
  Serve(1);
  EXPECT_TRUE(DaysBecome("2026-11-20 5, 2026-11-27 1")) << Days();
  EXPECT_EQ(Value("SELECT count(*) FROM adjustments"), "0");
}

}  // namespace
}  // namespace keymeter::testing
