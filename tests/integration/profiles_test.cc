// Relays of other kinds: older ones, upgraded ones, and those that somebody describes himself.

#include <fstream>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/integration/metering.h"
#include "tests/support/relay_trace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kRelayOffset = 8 * kHourSeconds;
constexpr std::int64_t kOneMinuteMs = kMinuteSeconds * 1000;

/// 2026-11-20 20:30:10 in the relay's offset.
constexpr std::int64_t kStartMs = 1'795'177'810'000;

class Profiles : public ::testing::Test {
 protected:
  void Start(const std::string& profile = "auto", std::int64_t poll_ms = 0) {
    metering_.emplace(redis_, db_, clock_, MeteringOptions{kRelayOffset, 100, profile, poll_ms});
  }
  [[nodiscard]] std::string Hour() const {
    const std::int64_t now_s = clock_.WallMs() / 1000;
    return FormatDate(now_s, kRelayOffset) + ":" + FormatHour(now_s, kRelayOffset);
  }
  void Add(const std::string& key, int requests) {
    relay_.Must({"HINCRBY", key, "requests", std::to_string(requests)});
    relay_.Must({"HINCRBY", key, "inputTokens", std::to_string(requests * 10)});
  }
  /// What an older relay writes for requests of one key.
  void OldRelayServes(int requests) { Add("usage:hourly:k1:" + Hour(), requests); }
  /// What a relay of today writes for them: the same, and finer counters.
  void NewRelayServes(int requests) {
    OldRelayServes(requests);
    Add("usage:k1:model:hourly:opus:" + Hour(), requests);
    relay_.Must({"SADD", "usage:keymodel:hourly:index:" + Hour(), "k1:opus"});
  }
  [[nodiscard]] std::string Await(const std::string& sql, const std::string& expected) const {
    const DatabaseRows rows(db_);
    std::string value;
    (void)WaitFor([&] { return (value = rows.Value(sql)) == expected; });
    return value;
  }
  [[nodiscard]] std::string AwaitTotal(int requests) const {
    return Await("SELECT total(requests) FROM api_key_usage_hour", std::to_string(requests) + ".0");
  }

  TempDir directory_;
  std::string db_ = directory_.File("keymeter.db");
  RedisServer redis_;
  RedisClient relay_ = redis_.Connect();
  ManualClock clock_{kStartMs};
  std::optional<Metering> metering_;
};

constexpr const char* kHours =
    "SELECT group_concat(coalesce(model, '') || ' ' || requests || ' ' || input_tokens, ', ') FROM "
    "(SELECT * FROM api_key_usage_hour ORDER BY bucket, model)";
constexpr const char* kUses =
    "SELECT group_concat(profile || ' ' || (from_hour = 0), ', ') FROM "
    "(SELECT * FROM profile_use ORDER BY from_hour)";

TEST_F(Profiles, AnOlderRelayIsMeteredByItsTotalsWithItsHistory) {
  OldRelayServes(5);
  Start();
  ASSERT_TRUE(WaitFor([this] { return metering_->metrics().is_connected.load(); }));
  EXPECT_EQ(Await("SELECT count(*) FROM profile_use", "0"), "0") << "finer counters may still come";
  ASSERT_TRUE(WaitFor([this] {
    clock_.AdvanceMs(1000);
    return metering_->metrics().is_baseline_read.load();
  }));
  EXPECT_EQ(AwaitTotal(5), "5.0");
  OldRelayServes(2);
  EXPECT_EQ(Await(kHours, " 7 70"), " 7 70");
  EXPECT_EQ(Await("SELECT total(requests) FROM api_key_usage_minute", "2.0"), "2.0");
  EXPECT_EQ(Await(kUses, "claude-relay-service-totals 1"), "claude-relay-service-totals 1");
  EXPECT_EQ(Await("SELECT profile FROM processor_status", "claude-relay-service-totals"),
            "claude-relay-service-totals");
}

/// What an older relay would have written: nothing by model.
RelayTrace OfAnOlderRelay(const RelayTrace& trace) {
  return trace.Mapped([](const RedisCommand& command) -> RedisCommand {
    const bool is_by_model = command.size() > 1 && (command[1].find(":model:") != std::string::npos ||
                                                    command[1].find("keymodel") != std::string::npos);
    return is_by_model ? RedisCommand{"PING"} : command;
  });
}

/// Sums over the models, without money.
UsageSums WithoutModel(const UsageSums& sums) {
  UsageSums totals;
  for (const auto& [id, amounts] : sums) {
    Amounts tokens = amounts;
    tokens[Metric::kCostMicros] = tokens[Metric::kRealCostMicros] = 0;
    Amounts& total = totals[{id.kind, id.entity, ""}];
    total += tokens;
  }
  return totals;
}

TEST_F(Profiles, TheRecordedTraceOfAnOlderRelayIsExact) {
  clock_.AdvanceMs((kTraceHour + 30 * kMinuteSeconds) * 1000 - clock_.WallMs());
  Start("claude-relay-service-totals");
  metering_->AwaitBaseline();
  const PipeResult written = relay_.Pipe(OfAnOlderRelay(RelayTrace::Load()).Resp());
  ASSERT_EQ(written.errors, 0) << written.first_error;
  const UsageSums expected = WithoutModel(RelayExpectation::Load().usage);
  for (Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering_->AwaitSums(level, expected), "") << LevelName(level);
  EXPECT_EQ(Await("SELECT count(*) > 0 FROM accounts WHERE name <> ''", "1"), "1");
}

TEST_F(Profiles, ARelayOfTodayIsMeteredByItsFinestCountersAlone) {
  NewRelayServes(5);
  Start();
  metering_->AwaitBaseline();
  NewRelayServes(2);
  EXPECT_EQ(Await(kHours, "opus 7 70"), "opus 7 70");
  EXPECT_EQ(Await(kUses, "claude-relay-service 1"), "claude-relay-service 1");
  EXPECT_EQ(Await("SELECT is_deleted FROM api_keys", "1"), "1") << "it has no hash";
}

TEST_F(Profiles, TotalsThatBeginWhileWeWatchHaveNoMinuteBeforeTheyAreAdopted) {
  Start();
  metering_->AwaitBaseline();
  OldRelayServes(3);
  ASSERT_TRUE(WaitFor([this] {
    clock_.AdvanceMs(1000);
    return DatabaseRows(db_).Value("SELECT count(*) FROM profile_use") == "1";
  }));
  EXPECT_EQ(AwaitTotal(3), "3.0");
  EXPECT_EQ(Await("SELECT total(requests) FROM api_key_untimed", "3.0"), "3.0");
  metering_->AwaitBaseline();
  OldRelayServes(2);
  EXPECT_EQ(Await("SELECT total(requests) FROM api_key_usage_minute", "2.0"), "2.0");
}

TEST_F(Profiles, TheFirstRequestOfAnEmptyRelayDecidesAndHasItsMinute) {
  Start();
  metering_->AwaitBaseline();
  NewRelayServes(2);
  EXPECT_EQ(Await("SELECT total(requests) FROM api_key_usage_minute WHERE model = 'opus'", "2.0"), "2.0");
  EXPECT_EQ(Await(kHours, "opus 2 20"), "opus 2 20");
}

TEST_F(Profiles, ARelayThatIsUpgradedWhileWeWatchIsCountedOnce) {
  OldRelayServes(5);
  Start();
  ASSERT_TRUE(WaitFor([this] {
    clock_.AdvanceMs(1000);
    return metering_->metrics().is_baseline_read.load();
  }));
  NewRelayServes(3);  // upgraded: the hour stays with the totals
  EXPECT_EQ(Await(kUses, "claude-relay-service-totals 1, claude-relay-service 0"),
            "claude-relay-service-totals 1, claude-relay-service 0");
  EXPECT_EQ(Await(kHours, " 8 80"), " 8 80");
  clock_.AdvanceMs(40 * kOneMinuteMs);
  NewRelayServes(4);
  EXPECT_EQ(Await(kHours, " 8 80, opus 4 40"), " 8 80, opus 4 40");
  EXPECT_EQ(Await("SELECT requests FROM api_key_usage_day", "8"), "8");
  EXPECT_EQ(Await("SELECT group_concat(profile || ' ' || coalesce(time, ''), ', ') FROM profile_switches",
                  "claude-relay-service-totals , claude-relay-service 2026-11-20T13:00:00Z"),
            "claude-relay-service-totals , claude-relay-service 2026-11-20T13:00:00Z");

  // And by a restart: both profiles go on with their own hours.
  ASSERT_TRUE(metering_->Stop());
  NewRelayServes(6);
  Start();
  metering_->AwaitBaseline();
  EXPECT_EQ(Await(kHours, " 8 80, opus 10 100"), " 8 80, opus 10 100");
}

TEST_F(Profiles, AFileOfAnotherProfileIsRefusedWithItsName) {
  const std::string path = directory_.File("ours.json");
  WriteFile(path, R"({"name": "ours", "description": "x", "entities": [], "counters": [{"kind": "api_key",
            "key": "t:{id}", "period": "none", "fields": {"requests": "requests"}}]})");
  Start(path);
  metering_->AwaitBaseline();
  ASSERT_TRUE(Await(kUses, "ours 1") == "ours 1");
  ASSERT_TRUE(metering_->Stop());
  try {
    Start("auto");
    FAIL() << "was accepted";
  } catch (const std::runtime_error& refused) {
    EXPECT_NE(std::string(refused.what()).find("was metered with profile ours: name that one"),
              std::string::npos)
        << refused.what();
  }
}

/// The n-th JSON block of the guide.
std::string ExampleOfTheGuide(int n) {
  std::ifstream file(std::string(KEYMETER_SOURCE_DIR) + "/schema/profiles/README.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::size_t at = 0;
  for (int i = 0; i < n; ++i) at = text.find("```json\n", at) + 8;
  return text.substr(at, text.find("```", at) - at);
}

TEST_F(Profiles, TheGuidesHourlyExampleMetersEndToEnd) {
  const std::string path = directory_.File("my-relay.json");
  WriteFile(path, ExampleOfTheGuide(1));
  Start(path);
  metering_->AwaitBaseline();
  relay_.Must({"HINCRBY", "stats:k1:gpt:5:" + Hour(), "count", "3"});
  relay_.Must({"HSET", "user-key:k1", "title", "Ours", "secret", "s3cr3t"});
  EXPECT_EQ(Await("SELECT requests FROM api_key_usage_minute WHERE model = 'gpt:5'", "3"), "3");
  EXPECT_EQ(Await("SELECT name FROM api_keys", "Ours"), "Ours");
}

TEST_F(Profiles, TheGuidesCumulativeExampleMetersEndToEnd) {
  const std::string path = directory_.File("my-cumulative-relay.json");
  WriteFile(path, ExampleOfTheGuide(2));
  const auto serve = [this](int requests) {
    relay_.Must({"HINCRBY", "total:k1:opus", "count", std::to_string(requests)});
    relay_.Must({"HINCRBY", "total:k1:opus", "micro_usd", std::to_string(requests * 1000)});
    relay_.Must({"SADD", "total:known", "k1:opus"});
  };
  const auto levels = [this](const std::string& expected) {
    return Await(
        "SELECT group_concat(level || ' ' || requests, ', ') FROM (SELECT * FROM api_key_untimed "
        "ORDER BY level)",
        expected);
  };
  serve(700);
  Start(path);
  metering_->AwaitBaseline();
  EXPECT_EQ(levels("total 700"), "total 700") << "before the first start";
  serve(3);
  EXPECT_EQ(Await("SELECT requests || ' ' || cost_micros FROM api_key_usage_minute", "3 3000"), "3 3000");
  ASSERT_TRUE(metering_->Stop());
  serve(40);
  clock_.AdvanceMs(10 * kOneMinuteMs);  // 20:40 now
  Start(path);
  metering_->AwaitBaseline();
  EXPECT_EQ(levels("hour 40, total 700"), "hour 40, total 700");
  EXPECT_EQ(Await("SELECT requests FROM api_key_usage_hour", "43"), "43");
  EXPECT_EQ(Await("SELECT total_requests FROM api_keys", "743"), "743");
  relay_.Must({"DEL", "total:k1:opus"});
  serve(2);
  EXPECT_EQ(Await("SELECT requests FROM api_key_usage_hour", "45"), "45");
  EXPECT_EQ(Await("SELECT reason || ' ' || level || ' ' || requests FROM adjustments", "reset total 743"),
            "reset total 743");
}

// ---- Polling: a relay whose Redis announces nothing

TEST_F(Profiles, PollingMetersWithoutEventsAndIsExactToTheSweep) {
  relay_.Must({"CONFIG", "SET", "notify-keyspace-events", ""});
  NewRelayServes(5);
  Start("auto", 1000);
  metering_->AwaitBaseline();
  EXPECT_EQ(Await(kHours, "opus 5 50"), "opus 5 50");
  NewRelayServes(2);
  clock_.AdvanceMs(1000);
  EXPECT_EQ(AwaitTotal(7), "7.0");
  EXPECT_EQ(relay_.Must({"CONFIG", "GET", "notify-keyspace-events"}).Texts().back(), "")
      << "nothing was switched on";
  EXPECT_EQ(Await("SELECT count(*) FROM coverage_minute WHERE covered_ms > 0", "0"), "0");
}

TEST_F(Profiles, SweepsFarApartLoseNothingAtAnHoursEdge) {
  NewRelayServes(1);
  Start("claude-relay-service", 185'000);
  metering_->AwaitBaseline();
  clock_.AdvanceMs(29 * kOneMinuteMs);  // 20:59:10
  NewRelayServes(2);
  ASSERT_EQ(AwaitTotal(3), "3.0");
  NewRelayServes(4);
  clock_.AdvanceMs(4 * kOneMinuteMs);  // 21:03:10
  EXPECT_EQ(Await(kHours, "opus 7 70"), "opus 7 70");
}

TEST_F(Profiles, PollingFindsOutHowAnEmptyRelayBeginsToCount) {
  metering_.emplace(redis_, db_, clock_, MeteringOptions{std::nullopt, 100, "auto", 1000});
  metering_->AwaitBaseline();
  const auto serve = [this](int requests, int ttl_s) {
    NewRelayServes(requests);
    for (const char* key : {"usage:k1:model:hourly:opus:", "usage:keymodel:hourly:index:"})
      relay_.Must({"EXPIRE", key + Hour(), std::to_string(ttl_s)});
  };
  serve(3, 604'740);  // a minute ago
  const DatabaseRows rows(db_);
  const auto await = [&](const std::string& sql, const std::string& expected) {
    return WaitFor([&] {
      clock_.AdvanceMs(1000);
      return rows.Value(sql) == expected;
    });
  };
  // One counter that was written once proves nothing: another request does.
  EXPECT_TRUE(await("SELECT problem LIKE '%UTC offset is not known%' FROM processor_status", "1"));
  serve(1, 604'800);
  EXPECT_TRUE(await("SELECT requests FROM api_key_usage_hour", "4"));
  EXPECT_EQ(rows.Value("SELECT utc_offset_s FROM processor_status"), "28800");
}

TEST_F(Profiles, PollingFindsNewCountersAndWhatGrewAcrossMinutesIsUntimed) {
  Start("claude-relay-service", 1000);
  metering_->AwaitBaseline();
  clock_.AdvanceMs(90'000);
  NewRelayServes(4);
  EXPECT_EQ(Await(kHours, "opus 4 40"), "opus 4 40");
  EXPECT_EQ(Await("SELECT total(requests) FROM api_key_untimed", "4.0"), "4.0");
}

/// Where only expiries are announced, and we may not look at the flags.
TEST(UncertainEvents, AreNotProvenByAnExpiry) {
  const TempDir directory;
  RedisServer redis(
      {.password = "", .arguments = {"--notify-keyspace-events", "Ex", "--rename-command", "CONFIG", ""}});
  RedisClient relay = redis.Connect();
  const ManualClock clock(kStartMs);
  const std::string counter = "usage:k1:model:hourly:opus:2026-11-20:20";
  relay.Must({"HSET", counter, "requests", "5"});
  relay.Must({"SADD", "usage:keymodel:hourly:index:2026-11-20:20", "k1:opus"});
  const std::string db = directory.File("keymeter.db");
  const Metering metering(redis, db, clock, {.utc_offset_s = kRelayOffset});
  metering.AwaitBaseline();
  relay.Must({"PEXPIRE", counter, "20"});
  ASSERT_TRUE(WaitFor([&] { return metering.metrics().metered_events > 0; }));
  const DatabaseRows rows(db);
  ASSERT_TRUE(WaitFor([&] { return rows.Value("SELECT reason FROM adjustments") == "reset"; }));
  EXPECT_NE(rows.Value("SELECT problem FROM processor_status"), "");
  EXPECT_EQ(rows.Value("SELECT count(*) FROM coverage_minute WHERE covered_ms > 0"), "0");
}

}  // namespace
}  // namespace keymeter::testing
