// Clocks that jump by hours, days and months: ours, the relay's, both; while running, during an absence, at
// the start.

#include <atomic>

#include <gtest/gtest.h>

#include "tests/integration/source_fixture.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kJumpHourMs = kHourSeconds * 1000;
constexpr std::int64_t kJumpDayMs = kDaySeconds * 1000;

/// A clock whose wall time alone can be set, as by its administrator. Threads: any.
class SettableClock final : public Clock {
 public:
  explicit SettableClock(std::int64_t wall_ms) : clock_(wall_ms) {}
  [[nodiscard]] std::int64_t WallMs() const override { return clock_.WallMs() + set_by_ms_; }
  [[nodiscard]] std::int64_t MonotonicMs() const override { return clock_.MonotonicMs(); }
  void AdvanceMs(std::int64_t ms) { clock_.AdvanceMs(ms); }
  void SetByMs(std::int64_t ms) { set_by_ms_ += ms; }

 private:
  ManualClock clock_;
  std::atomic<std::int64_t> set_by_ms_{0};
};

/// One API key with one model. The relay names hours and days by its own clock.
class ClockJumps : public SourceFixture {
 protected:
  ~ClockJumps() override { metering_.reset(); }  // before its clock

  void Start(std::int64_t poll_ms = 0) {
    metering_.reset();
    metering_ = std::make_unique<Metering>(Target(redis_.url()), Db(), clock_,
                                           MeteringOptions{.utc_offset_s = kTraceOffset, .poll_ms = poll_ms});
    AwaitHistory();
  }
  /// Ten requests are metered before anything jumps.
  void Begin(std::int64_t poll_ms = 0) {
    Start(poll_ms);
    Serve(10);
    ExpectHours("10");
  }
  void SetRelay(std::int64_t by_ms) { relay_by_ms_ += by_ms; }
  /// Ours, while running: waits until it has been followed, and written once more.
  void SetOurs(std::int64_t by_ms) {
    const std::int64_t sessions = metering_->metrics().sessions;
    clock_.SetByMs(by_ms);
    relay_by_ms_ -= by_ms;  // its clock stays where it is
    ASSERT_TRUE(WaitFor([&] { return metering_->metrics().sessions > sessions; }));
    AwaitHistory();
    AwaitFlush();
  }
  void SetBoth(std::int64_t by_ms) {
    SetOurs(by_ms);
    SetRelay(by_ms);
  }
  void AwaitFlush() const {
    const std::int64_t flushes = metering_->metrics().flushes;
    ASSERT_TRUE(WaitFor([&] { return metering_->metrics().flushes >= flushes + 3; }));
  }

  [[nodiscard]] std::int64_t RelayNow() const { return (clock_.WallMs() + relay_by_ms_) / 1000; }
  [[nodiscard]] std::string Date() const { return FormatDate(RelayNow(), kTraceOffset); }
  [[nodiscard]] std::string Hour() const { return Date() + ":" + FormatHour(RelayNow(), kTraceOffset); }
  [[nodiscard]] static std::string Key(const std::string& kind, const std::string& period) {
    return "usage:key-1:model:" + kind + ":gpt-5:" + period;
  }
  void GrowHour(int requests) {
    client_.Must({"HINCRBY", Key("hourly", Hour()), "requests", std::to_string(requests)});
    client_.Must({"SADD", "usage:keymodel:hourly:index:" + Hour(), "key-1:gpt-5"});
  }
  void GrowDay(int requests) {
    client_.Must({"HINCRBY", Key("daily", Date()), "requests", std::to_string(requests)});
    client_.Must({"SADD", "usage:keymodel:daily:index:" + Date(), "key-1:gpt-5"});
  }
  void Serve(int requests) {
    GrowDay(requests);
    GrowHour(requests);
  }
  void GrowHourUnannounced(int requests) {
    const std::string flags = client_.Must({"CONFIG", "GET", "notify-keyspace-events"}).elements.at(1).text;
    client_.Must({"CONFIG", "SET", "notify-keyspace-events", ""});
    GrowHour(requests);
    client_.Must({"CONFIG", "SET", "notify-keyspace-events", flags});
  }
  /// The requests of each hour, in their order: "10, 1".
  [[nodiscard]] std::string Hours() const {
    return Value(
        "SELECT group_concat(requests, ', ') FROM (SELECT requests FROM api_key_usage_hour"
        " ORDER BY bucket)");
  }
  void ExpectHours(const std::string& expected) const {
    EXPECT_TRUE(WaitFor([&] { return Hours() == expected; })) << Hours();
    AwaitFlush();
    EXPECT_EQ(Hours(), expected);
  }
  /// The same of what only a sweep finds: they come as the clock goes on.
  void ExpectHoursBySweeps(const std::string& expected) {
    for (int i = 0; i < 60 && Hours() != expected; ++i) {
      clock_.AdvanceMs(2000);
      AwaitFlush();
    }
    EXPECT_EQ(Hours(), expected);
  }
  void ExpectDays(const std::string& expected) const {
    EXPECT_EQ(Value("SELECT group_concat(requests, ', ') FROM (SELECT requests FROM api_key_usage_day"
                    " ORDER BY bucket)"),
              expected);
  }
  [[nodiscard]] std::string Adjustments() const { return Value("SELECT count(*) FROM adjustments"); }

  SettableClock clock_{(kTraceHour + 1800) * 1000};
  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
  std::int64_t relay_by_ms_ = 0;  ///< the relay's clock is so much ahead of ours
};

TEST_F(ClockJumps, OfBothByTenDaysAndBackCountNothingTwice) {
  Begin();
  SetBoth(10 * kJumpDayMs);
  Serve(1);
  ExpectHours("10, 1");
  SetBoth(-10 * kJumpDayMs);
  Serve(4);
  ExpectHours("14, 1");
  ExpectDays("14, 1");
  EXPECT_EQ(Adjustments(), "0");
}

TEST_F(ClockJumps, OfBothByMonthsAndBackForgetNothing) {
  Begin();
  SetBoth(400 * kJumpDayMs);
  Serve(1);
  ExpectHours("10, 1");
  AwaitFlush();
  EXPECT_EQ(Value("SELECT count(*) FROM usage_minute WHERE bucket < 1796000000"), "1") << "kept for 14 days";
  SetBoth(-400 * kJumpDayMs);
  Serve(4);
  ExpectHours("14, 1");
  EXPECT_EQ(Adjustments(), "0");
}

TEST_F(ClockJumps, OfBothDuringAbsencesCountNothingTwice) {
  Begin();
  Leave();
  clock_.SetByMs(40 * kJumpDayMs);
  Start();
  Serve(1);
  ExpectHours("10, 1");
  Leave();
  Start();
  AwaitFlush();
  EXPECT_EQ(Value("SELECT count(*) FROM usage_minute"), "2") << "a start proves nothing";
  Leave();
  clock_.SetByMs(-40 * kJumpDayMs);
  Start();
  Serve(4);
  ExpectHours("14, 1");
  EXPECT_EQ(Adjustments(), "0");
}

/// Our clock closes a day that is open: what is between two writes of the relay is no fall.
TEST_F(ClockJumps, OfOursAloneRollNoDayBack) {
  Begin();
  GrowHour(5);
  ExpectHours("15");
  SetOurs(10 * kJumpDayMs);
  EXPECT_EQ(Adjustments(), "0");
  GrowDay(5);
  Serve(2);
  ExpectHours("17");
  SetOurs(-10 * kJumpDayMs);
  Serve(1);
  ExpectHours("18");
  ExpectDays("18");
  EXPECT_EQ(Adjustments(), "0");
}

/// The other way round: the day's hash is ahead of its hour.
TEST_F(ClockJumps, OfOursAloneCountNoDayTwice) {
  Begin();
  GrowDay(5);
  SetOurs(10 * kJumpDayMs);
  AwaitFlush();
  GrowHour(5);
  ExpectHours("15");
  ExpectDays("15");
}

TEST_F(ClockJumps, OfOursByHoursAreNoOtherOffset) {
  Begin();
  for (const std::int64_t by_ms : {3 * kJumpHourMs, -6 * kJumpHourMs}) {
    SetOurs(by_ms);
    for (int i = 0; i < 40; ++i) {
      Serve(1);
      clock_.AdvanceMs(500);
    }
  }
  ExpectHours("90");
  EXPECT_EQ(metering_->metrics().is_connected, true);
  ASSERT_TRUE(metering_->Stop());
}

TEST_F(ClockJumps, BackOnlyAreFollowed) {
  Begin();
  SetBoth(-10 * kJumpDayMs);
  Serve(4);
  ExpectHours("4, 10");
  SetBoth(10 * kJumpDayMs);
  Serve(1);
  ExpectHours("4, 11");
  EXPECT_EQ(Adjustments(), "0");
}

TEST_F(ClockJumps, OfTheRelayAloneAreMeteredAlsoAfterAnAbsence) {
  Begin();
  SetRelay(10 * kJumpDayMs);
  Serve(1);
  ExpectHours("10, 1");
  Leave();
  Serve(2);
  Start();
  ExpectHours("10, 3");
  SetRelay(-10 * kJumpDayMs);
  Serve(4);
  ExpectHours("14, 3");
  EXPECT_EQ(Adjustments(), "0");
}

TEST_F(ClockJumps, OfTheRelayAheadAndBackDuringAnAbsenceAreMetered) {
  Begin();
  Leave();
  SetRelay(6 * kJumpDayMs);
  Serve(1);
  SetRelay(-6 * kJumpDayMs);
  Serve(2);
  Start();
  ExpectHours("12, 1");
}

/// What the relay named meanwhile lies ahead of both clocks for ten days, and says nothing of where it
/// counts.
TEST_F(ClockJumps, OfTheRelayAheadAndBackDoNotEndSweeps) {
  Begin();
  SetRelay(10 * kJumpDayMs);
  Serve(1);
  ExpectHours("10, 1");
  SetRelay(-10 * kJumpDayMs);
  GrowHourUnannounced(2);
  ExpectHoursBySweeps("12, 1");
}

TEST_F(ClockJumps, OfTheRelayAheadAndBackDoNotEndPolling) {
  Begin();
  SetRelay(10 * kJumpDayMs);
  Serve(1);
  ExpectHours("10, 1");
  SetRelay(-10 * kJumpDayMs);
  Leave();
  Start(1000);
  GrowHour(2);
  ExpectHoursBySweeps("12, 1");
}

/// As a machine that slept: the relay was idle, and starts again in another hour.
TEST_F(ClockJumps, OfBothByHoursWhileTheRelayIsIdleDoNotEndPolling) {
  Start(1000);
  GrowHour(10);
  ExpectHoursBySweeps("10");
  SetBoth(5 * kJumpHourMs);
  GrowHour(2);
  ExpectHoursBySweeps("10, 2");
}

/// Redis' clock jumps too: what it expired for that began anew.
TEST_F(ClockJumps, OfAllClocksWithHashesThatExpiredLoseNothing) {
  Begin();
  const std::string hour = Key("hourly", Hour());
  SetBoth(10 * kJumpDayMs);
  client_.Must({"PEXPIRE", hour, "1"});
  ASSERT_TRUE(WaitFor([&] { return client_.Must({"EXISTS", hour}).integer == 0; }));
  Serve(1);
  ExpectHours("10, 1");
  SetBoth(-10 * kJumpDayMs);
  Serve(4);
  ExpectHours("14, 1");
}

TEST_F(ClockJumps, OfAClockThatStaysAreBelievedAfterHours) {
  Begin();
  SetBoth(40 * kJumpDayMs);
  Serve(1);
  ExpectHours("10, 1");
  for (int i = 0; i < 8; ++i) {
    clock_.AdvanceMs(kJumpHourMs);
    Serve(1);
    AwaitFlush();
  }
  EXPECT_TRUE(WaitFor([&] {
    return Value("SELECT count(*) FROM usage_minute WHERE bucket < 1796000000") == "0";
  })) << "older than 14 days, and the clock has been steady for hours";
  EXPECT_EQ(Value("SELECT sum(requests) FROM api_key_usage_hour"), "19");
}

}  // namespace
}  // namespace keymeter::testing
