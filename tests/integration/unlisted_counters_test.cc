// Counters that no index set lists: relays up to 1.1.262 keep none, an upgrade begins them in the middle of
// an hour, and no migration makes those of accounts. Whatever the relay holds is metered all the same.

#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/integration/aged_relay.h"
#include "tests/integration/metering.h"
#include "tests/support/program.h"
#include "tests/support/relay_trace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kOneMinute = kMinuteSeconds * 1000;
constexpr std::int64_t kOneHour = kHourSeconds * 1000;

constexpr RelayAge kAges[] = {
    {.version = "1.1.10", .has_account_models = false},
    {.version = "1.1.62"},
    {.version = "1.1.180"},
    {.version = "1.1.262"},
    {.version = "1.1.264", .has_sets = true, .has_money = true},
    {.version = "1.1.314", .has_sets = true, .has_money = true},
};
constexpr const RelayAge& kOld = kAges[3];
constexpr const RelayAge& kNew = kAges[5];

class UnlistedCounters : public ::testing::Test {
 protected:
  void Start(std::int64_t poll_ms = 0) {
    metering_.reset();
    metering_.emplace(redis_, db_, clock_,
                      MeteringOptions{.utc_offset_s = kTraceOffset, .profile = "auto", .poll_ms = poll_ms});
    metering_->AwaitBaseline();
  }
  void Stop() {
    ASSERT_TRUE(metering_->Stop());
    metering_.reset();
  }
  /// Sooner or later every hour in the file is the relay's; the clock goes on by so much at each look.
  void ExpectHours(std::int64_t step_ms = 0, AgedRelay::Counters which = AgedRelay::Counters::kByModel) {
    const DatabaseRows rows(db_);
    std::string ours;
    (void)WaitFor([&] {
      clock_.AdvanceMs(step_ms);
      ours.clear();
      for (const Row& row : rows.Query(
               "SELECT 'account' kind, account entity, bucket, requests, input_tokens FROM "
               "account_usage_hour "
               "UNION ALL SELECT 'api_key', api_key, bucket, requests, input_tokens FROM api_key_usage_hour "
               "ORDER BY 1, 2, 3")) {
        ours += row.at("kind") + " " + row.at("entity") + " " + row.at("bucket") + " " + row.at("requests") +
                " " + row.at("input_tokens") + "\n";
      }
      return ours == relay_.Counted(which);
    });
    EXPECT_EQ(ours, relay_.Counted(which));
  }
  void Expect(const std::string& sql, const std::string& expected) const {
    const DatabaseRows rows(db_);
    std::string value;
    (void)WaitFor([&] { return (value = rows.Value(sql)) == expected; });
    EXPECT_EQ(value, expected) << sql;
  }
  /// "7 and 12": of that key, requests with a minute and without.
  void ExpectTimed(const std::string& key, const std::string& expected) const {
    const std::string where = " WHERE api_key = '" + key + "')";
    Expect("SELECT (SELECT ifnull(sum(requests), 0) FROM api_key_usage_minute" + where +
               " || ' and ' || (SELECT ifnull(sum(requests), 0) FROM api_key_untimed" + where,
           expected);
  }
  /// Some requests in each of three hours, the present one at last.
  void ServeThreeHours(int requests) {
    for (int hour = 0; hour < 3; ++hour) {
      if (hour > 0) clock_.AdvanceMs(kOneHour);
      relay_.Serve("k1", "a1", requests);
      relay_.Serve("k" + std::to_string(hour + 2), "a2", requests);
    }
  }

  TempDir directory_;
  std::string db_ = directory_.File("keymeter.db");
  RedisServer redis_;
  ManualClock clock_{(kTraceHour + 1810) * 1000};  ///< a sweep comes two seconds after each minute
  AgedRelay relay_{redis_.Connect(), clock_, kOld};
  std::optional<Metering> metering_;
};

// ---- Each release, to the unit

class OfEachAge : public UnlistedCounters, public ::testing::WithParamInterface<RelayAge> {
 protected:
  OfEachAge() { relay_.Upgrade(GetParam()); }
};

TEST_P(OfEachAge, AreFoundAtTheFirstStartAndThenHaveMinutes) {
  ServeThreeHours(5);
  Start();
  ExpectHours();
  relay_.Serve("k1", "a1", 1);
  relay_.Serve("new", "a3", 2);
  ExpectHours();
  ExpectTimed("k1", "1 and 15");
  ExpectTimed("new", "2 and 0");
}

TEST_P(OfEachAge, AreFoundAfterAnAbsence) {
  relay_.Serve("k1", "a1", 1);
  Start();
  ExpectHours();
  Stop();
  ServeThreeHours(70);
  Start();
  ExpectHours();
  relay_.Serve("k4", "a2", 1);
  ExpectHours();
  ExpectTimed("k4", "1 and 70");
}

TEST_P(OfEachAge, AreFoundByTheSweepAfterLostEvents) {
  relay_.Serve("k1", "a1", 1);
  Start();
  ExpectHours();
  relay_.Silence();
  relay_.Serve("k1", "a1", 3);
  relay_.Serve("k2", "a2", 4);
  relay_.Speak();
  clock_.AdvanceMs(kOneMinute);
  ExpectHours();
  ExpectTimed("k2", "0 and 4");
}

TEST_P(OfEachAge, AreFoundWhenPolled) {
  ServeThreeHours(5);
  Start(1000);
  ExpectHours(100);
  relay_.Serve("k1", "a1", 1);
  relay_.Serve("new", "a3", 2);
  ExpectHours(100);
  clock_.AdvanceMs(kOneHour);
  relay_.Serve("newer", "a4", 2);
  ExpectHours(100);
}

TEST_P(OfEachAge, AreFoundByTheAudit) {
  relay_.Serve("k1", "a1", 1);
  Start();
  ExpectHours();
  clock_.AdvanceMs(3 * kOneHour);
  relay_.Silence();
  relay_.Serve("k1", "a1", 3);
  relay_.Serve("k2", "a2", 4);
  relay_.Speak();
  clock_.AdvanceMs(24 * kOneHour);
  ExpectHours();
  Expect("SELECT count(*) > 0 FROM audits WHERE hours > 0 AND drift = 0", "1");
}

TEST_P(OfEachAge, AreFoundByARebuild) {
  // A rebuild has the real time: for it the day is over, for us not yet.
  const std::int64_t today = BucketOf(Level::kDay, SystemClock().WallMs() / 1000, kTraceOffset);
  clock_.AdvanceMs((today - 2 * kDaySeconds) * 1000 + 12 * kOneHour - clock_.WallMs());
  ServeThreeHours(5);
  Start();
  ExpectHours();
  Stop();
  const Ended rebuilt =
      RunKeymeter({"rebuild", "--force", "--redis", redis_.url(), "--db", db_, "--utc-offset", "+08:00"});
  ASSERT_EQ(rebuilt.exit_code, 0) << rebuilt.out << rebuilt.error;
  ExpectHours(0, AgedRelay::Counters::kFinest);
}

INSTANTIATE_TEST_SUITE_P(UnlistedCounters, OfEachAge, ::testing::ValuesIn(kAges),
                         [](const ::testing::TestParamInfo<RelayAge>& age) {
                           std::string name = age.param.version;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

// ---- The hour of an upgrade

TEST_F(UnlistedCounters, OfTheHourOfAnUpgradeAreCountedOnceWhileWeWatch) {
  relay_.Serve("k1", "a1", 5);
  Start();
  relay_.Serve("k1", "a1", 2);
  relay_.Serve("k2", "a1", 3);
  ExpectHours();
  relay_.Upgrade(kNew);
  relay_.MakeSetsOfKeys();
  relay_.Serve("k1", "a1", 1);
  relay_.Serve("k3", "a2", 4);
  ExpectHours();
  clock_.AdvanceMs(kOneHour);
  relay_.Serve("k2", "a1", 6);
  ExpectHours();
  ExpectTimed("k1", "3 and 5");
  ExpectTimed("k2", "9 and 0");
}

TEST_F(UnlistedCounters, OfTheHourOfAnUpgradeAreFoundAfterIt) {
  relay_.Serve("k1", "a1", 1);
  Start();
  ExpectHours();
  Stop();
  relay_.Serve("k2", "a2", 2);
  relay_.Upgrade(kNew);
  relay_.Serve("k3", "a3", 3);  // the only ones that sets list
  clock_.AdvanceMs(kOneHour);
  relay_.Serve("k2", "a2", 4);
  Start();
  ExpectHours();
}

TEST_F(UnlistedCounters, OfAccountsThatTheRelaysMigrationLeavesOutAreFound) {
  ServeThreeHours(5);
  relay_.Upgrade(kNew);
  relay_.MakeSetsOfKeys();
  clock_.AdvanceMs(kOneHour);
  ServeThreeHours(7);
  Start();
  ExpectHours();
}

TEST_F(UnlistedCounters, ThatASetListsLaterCountOnce) {
  ServeThreeHours(5);
  Start();
  ExpectHours();
  relay_.MakeSetsOfKeys();
  relay_.Upgrade(kNew);
  relay_.Silence();
  relay_.Serve("k9", "a9", 2);
  relay_.Speak();
  clock_.AdvanceMs(kOneMinute);
  ExpectHours();
}

TEST_F(UnlistedCounters, WhoseEventsAreLostBesideASetThatListsOthersAreFoundInAMinute) {
  relay_.Serve("k1", "a1", 1);
  Start();
  ExpectHours();
  relay_.Upgrade(kNew);
  relay_.Serve("k2", "a2", 1);  // sets begin, and lack k1 and a1
  ExpectHours();
  relay_.Upgrade(kOld);
  relay_.Silence();
  relay_.Serve("k3", "a3", 4);
  relay_.Speak();
  clock_.AdvanceMs(kOneMinute);
  ExpectHours();
}

// ---- What was there before has no minute

TEST_F(UnlistedCounters, HaveNoMinuteForWhatTheyHeldBefore) {
  relay_.Serve("k1", "a1", 5);
  relay_.Upgrade(kNew);
  relay_.Serve("k2", "a2", 7);  // a set of this hour exists, and lists others
  Start();
  relay_.Serve("k1", "a1", 1);
  ExpectHours();
  ExpectTimed("k1", "1 and 5");
  Expect("SELECT requests FROM api_key_usage_minute", "1");
  Expect("SELECT requests FROM account_usage_minute", "1");
}

TEST_F(UnlistedCounters, HaveNoMinuteForWhatTheyHeldBeforeWhenPolled) {
  relay_.Serve("k2", "a2", 7);
  Start(1000);
  ExpectHours(100);
  relay_.Serve("k1", "a1", 5);
  clock_.AdvanceMs(3 * kOneMinute);
  relay_.Upgrade(kNew);
  relay_.Serve("k1", "a1", 1);
  ExpectHours(100);
  ExpectTimed("k1", "0 and 6");
}

// ---- Days and months

TEST_F(UnlistedCounters, OfDaysAndMonthsAreReadWhereTheirHoursAreGone) {
  for (const char* key :
       {"usage:k1:model:daily:opus:2026-11-05", "account_usage:model:daily:a1:opus:2026-11-05"})
    relay_.client().Must({"HSET", key, "requests", "5", "inputTokens", "50"});
  for (const char* key :
       {"usage:k1:model:monthly:opus:2026-09", "account_usage:model:monthly:a1:opus:2026-09"})
    relay_.client().Must({"HSET", key, "requests", "8", "inputTokens", "80"});
  relay_.client().Must({"SADD", "usage:keymodel:daily:index:2026-11-05", "k2:opus"});  // k1 is not in it
  relay_.Serve("k1", "a1", 1);
  Start();
  for (const char* view : {"api_key_usage", "account_usage"}) {
    Expect(std::string("SELECT group_concat(date || ' ' || requests) FROM (SELECT * FROM ") + view +
               "_day ORDER BY date)",
           "2026-11-05 5,2026-11-20 1");
    Expect(std::string("SELECT group_concat(month || ' ' || requests) FROM (SELECT * FROM ") + view +
               "_month ORDER BY month)",
           "2026-09 8,2026-11 6");
  }
}

// ---- Entities

TEST_F(UnlistedCounters, AndAccountsWithoutASetAreListedBeforeTheyAreUsed) {
  relay_.client().Must({"HSET", "claude:account:a1", "name", "first", "status", "active"});
  relay_.client().Must({"SET", "bedrock_account:b1", R"({"name":"string"})"});
  relay_.client().Must({"HSET", "account_group:g1", "name", "group"});
  relay_.client().Must({"HSET", "gemini_account:g2", "name", "listed"});
  relay_.client().Must({"SADD", "gemini_account:index", "g2"});
  relay_.client().Must({"HSET", "gemini_account:g3", "name", "not listed"});
  relay_.Serve("k1", "a9", 1);
  Start();
  const std::string all =
      "SELECT group_concat(coalesce(name, '')) FROM (SELECT name FROM accounts ORDER BY account)";
  Expect(all, "first,,string,listed,not listed");
  Expect("SELECT name FROM account_groups", "group");
  relay_.client().Must({"SET", "bedrock_account:b2", R"({"name":"raises no event"})"});
  clock_.AdvanceMs(10 * kOneMinute);
  Expect(all, "first,,string,raises no event,listed,not listed");
}

}  // namespace
}  // namespace keymeter::testing
