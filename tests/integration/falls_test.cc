// Values that fall, hashes that go and come, values that are none.

#include <gtest/gtest.h>

#include "tests/integration/metering.h"
#include "tests/support/relay_trace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr const char* kCounter = "usage:key-1:model:hourly:deepseek/deepseek-r1:free:2026-11-20:20";
constexpr const char* kIndex = "usage:keymodel:hourly:index:2026-11-20:20";

class Counter : public ::testing::Test {
 protected:
  Counter() { metering_.AwaitBaseline(); }

  void Grow(const std::string& field, std::int64_t by) {
    client_.Must({"HINCRBY", kCounter, field, std::to_string(by)});
    client_.Must({"SADD", kIndex, "key-1:deepseek/deepseek-r1:free"});
  }

  /// The hour's value is this, sooner or later.
  [[nodiscard]] bool HourBecomes(const std::string& column, std::int64_t value) const {
    return WaitFor([&] { return Hour(column) == std::to_string(value); });
  }
  [[nodiscard]] std::string Hour(const std::string& column) const {
    return rows_.Value("SELECT " + column + " FROM api_key_usage_hour WHERE api_key = 'key-1'");
  }
  [[nodiscard]] std::string Adjustments() const {
    std::string text;
    for (const Row& row :
         rows_.Query("SELECT reason, requests, input_tokens FROM adjustments ORDER BY at_ms, rowid"))
      text += row.at("reason") + " " + row.at("requests") + " " + row.at("input_tokens") + "; ";
    return text;
  }

  TempDir directory_;
  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
  ManualClock clock_{(kTraceHour + 1800) * 1000};
  Metering metering_{redis_, directory_.File("keymeter.db"), clock_, {.utc_offset_s = kTraceOffset}};
  DatabaseRows rows_{directory_.File("keymeter.db")};
};

TEST_F(Counter, ThatIsDeletedBeginsAnewAndCountsInFull) {
  Grow("requests", 5);
  ASSERT_TRUE(HourBecomes("requests", 5));
  client_.Must({"DEL", kCounter});
  Grow("requests", 7);  // more than before: only the deletion's event tells
  EXPECT_TRUE(HourBecomes("requests", 12));
  EXPECT_EQ(Adjustments(), "reset 5 0; ");
}

TEST_F(Counter, ThatFallsCountsNothingAndIsACorrection) {
  Grow("requests", 5);
  Grow("inputTokens", 100);
  ASSERT_TRUE(HourBecomes("input_tokens", 100));
  client_.Must({"HINCRBY", kCounter, "inputTokens", "-30"});
  ASSERT_TRUE(WaitFor([&] { return !Adjustments().empty(); }));
  EXPECT_EQ(Adjustments(), "correction 0 30; ");
  Grow("inputTokens", 50);
  EXPECT_TRUE(HourBecomes("input_tokens", 150));
  EXPECT_EQ(Hour("requests"), "5");
}

TEST_F(Counter, WithAValueThatIsNoneLosesThatValueOnly) {
  Grow("requests", 1);
  ASSERT_TRUE(HourBecomes("requests", 1));
  std::int64_t requests = 1;
  for (const char* value : {"abc", "1e400", "9223372036854775808", "", "12.5"}) {
    client_.Must({"HSET", kCounter, "outputTokens", value});
    Grow("requests", 1);
    EXPECT_TRUE(HourBecomes("requests", ++requests)) << value;
  }
  EXPECT_EQ(Hour("output_tokens"), "0");
  EXPECT_GE(metering_.metrics().skipped_values, 1);
  client_.Must({"HSET", kCounter, "outputTokens", "9"});
  EXPECT_TRUE(HourBecomes("output_tokens", 9));
}

TEST_F(Counter, ThatIsNowAStringLeavesTheRestAlone) {
  Grow("requests", 3);
  ASSERT_TRUE(HourBecomes("requests", 3));
  client_.Must({"SET", kCounter, "not a hash"});
  // An event for that key name, as if it were a hash still: the reading is refused by Redis.
  client_.Must({"PUBLISH", "__keyevent@0__:hincrby", kCounter});
  client_.Must({"HINCRBY", "usage:key-2:model:hourly:m:2026-11-20:20", "requests", "4"});
  EXPECT_TRUE(WaitFor([&] { return rows_.Value("SELECT sum(requests) FROM api_key_usage_hour") == "7"; }));
  EXPECT_EQ(Adjustments(), "");
}

TEST_F(Counter, OfTheHourBeforeLandsInItsLastMinute) {
  Grow("requests", 1);
  ASSERT_TRUE(HourBecomes("requests", 1));
  clock_.AdvanceMs(1800 * 1000 + 5000);  // five seconds into the next hour
  Grow("requests", 2);
  EXPECT_TRUE(WaitFor([&] {
    return rows_.Value("SELECT requests FROM api_key_usage_minute WHERE time = '2026-11-20T12:59:00Z'") ==
           "2";
  }));
  EXPECT_EQ(Hour("requests"), "3");
}

TEST_F(Counter, WhoseEventsWereLostIsFoundByTheSweep) {
  Grow("requests", 1);
  ASSERT_TRUE(HourBecomes("requests", 1));
  client_.Must({"CONFIG", "SET", "notify-keyspace-events", ""});
  Grow("requests", 2);
  client_.Must({"HINCRBY", "account_usage:model:hourly:acc:m:2026-11-20:20", "requests", "4"});
  client_.Must({"SADD", "account_usage:model:hourly:index:2026-11-20:20", "acc:m"});
  clock_.AdvanceMs(65'000);  // a minute later the sweep is due
  EXPECT_TRUE(HourBecomes("requests", 3));
  EXPECT_TRUE(WaitFor([&] { return rows_.Value("SELECT requests FROM account_usage_hour") == "4"; }));
  EXPECT_EQ(rows_.Value("SELECT requests FROM api_key_untimed"), "2") << "when in that minute is not known";
}

TEST_F(Counter, OfAnHourThatEndedIsSettledByTheClosingRead) {
  Grow("requests", 1);
  ASSERT_TRUE(HourBecomes("requests", 1));
  client_.Must({"CONFIG", "SET", "notify-keyspace-events", ""});
  Grow("requests", 2);
  clock_.AdvanceMs(1800 * 1000 + 63'000);  // 60 s after the hour's end
  EXPECT_TRUE(HourBecomes("requests", 3));
}

TEST_F(Counter, OfARedisThatIsEmptiedBeginsAnewAndCountsInFull) {
  Grow("requests", 5);
  client_.Must({"HINCRBY", "account_usage:model:hourly:acc:m:2026-11-20:20", "requests", "4"});
  ASSERT_TRUE(HourBecomes("requests", 5));
  ASSERT_TRUE(WaitFor([&] { return rows_.Value("SELECT requests FROM account_usage_hour") == "4"; }));
  client_.Must({"FLUSHALL"});  // nothing announces it
  Grow("requests", 7);         // and more than before is there again
  EXPECT_TRUE(HourBecomes("requests", 12));
  EXPECT_TRUE(WaitFor([&] {
    return Adjustments() == "reset 5 0; reset 4 0; " || Adjustments() == "reset 4 0; reset 5 0; ";
  })) << Adjustments();
  Grow("requests", 1);
  EXPECT_TRUE(HourBecomes("requests", 13));
}

TEST_F(Counter, OfARedisWhoseOtherDatabaseIsEmptiedGoesOn) {
  Grow("requests", 5);
  ASSERT_TRUE(HourBecomes("requests", 5));
  client_.Must({"SELECT", "1"});
  client_.Must({"SET", "theirs", "1"});
  client_.Must({"FLUSHDB"});
  client_.Must({"SELECT", "0"});
  Grow("requests", 1);
  EXPECT_TRUE(HourBecomes("requests", 6));
  EXPECT_EQ(Adjustments(), "");
}

TEST_F(Counter, OfAMasterThatBecomesTheReplicaOfOlderDataIsARollback) {
  Grow("requests", 5);
  ASSERT_TRUE(HourBecomes("requests", 5));
  RedisServer older;
  RedisClient older_client = older.Connect();
  older_client.Must({"HSET", kCounter, "requests", "3"});
  client_.Must({"REPLICAOF", "127.0.0.1", std::to_string(older.port())});  // the connections stay
  ASSERT_TRUE(WaitFor([&] { return Adjustments() == "rollback 2 0; "; })) << Adjustments();
  older_client.Must({"HINCRBY", kCounter, "requests", "4"});
  EXPECT_TRUE(HourBecomes("requests", 9)) << "5, and 4 since the older 3";
}

TEST_F(Counter, ThatIsRestoredFromADumpIsACorrection) {
  Grow("requests", 5);
  ASSERT_TRUE(HourBecomes("requests", 5));
  const std::string dump = client_.Text({"DUMP", kCounter});
  Grow("requests", 3);
  ASSERT_TRUE(HourBecomes("requests", 8));
  client_.Must({"RESTORE", kCounter, "0", dump, "REPLACE"});
  Grow("requests", 1);
  ASSERT_TRUE(WaitFor([&] { return !Adjustments().empty(); }));
  EXPECT_EQ(Adjustments(), "correction 2 0; ");
  Grow("requests", 1);
  EXPECT_TRUE(HourBecomes("requests", 9)) << "what came with the fall is not told from it";
}

// ---- Every way in which a hash ends or is replaced

TEST_F(Counter, ThatIsEvictedBeginsAnewAndCountsInFull) {
  Grow("requests", 10);
  ASSERT_TRUE(HourBecomes("requests", 10));
  client_.Must({"CONFIG", "SET", "maxmemory-policy", "allkeys-random"});
  client_.Must({"CONFIG", "SET", "maxmemory", "1"});
  ASSERT_TRUE(WaitFor([&] { return client_.Integer({"EXISTS", kCounter}) == 0; }));
  client_.Must({"CONFIG", "SET", "maxmemory", "0"});
  Grow("requests", 3);
  EXPECT_TRUE(HourBecomes("requests", 13));
  EXPECT_EQ(Adjustments(), "reset 10 0; ");
}

TEST_F(Counter, WhoseFieldIsDeletedCountsThatFieldInFullAndTheOthersOn) {
  Grow("requests", 10);
  Grow("inputTokens", 100);
  ASSERT_TRUE(HourBecomes("input_tokens", 100));
  client_.Must({"HDEL", kCounter, "requests"});
  Grow("requests", 3);
  Grow("inputTokens", 7);
  EXPECT_TRUE(HourBecomes("requests", 13));
  EXPECT_TRUE(HourBecomes("input_tokens", 107));
  EXPECT_EQ(Adjustments(), "reset 10 0; ");
}

TEST_F(Counter, ThatIsRenamedAwayAndBackCountsOnce) {
  Grow("requests", 10);
  ASSERT_TRUE(HourBecomes("requests", 10));
  client_.Must({"RENAME", kCounter, "away"});
  Grow("requests", 3);
  ASSERT_TRUE(HourBecomes("requests", 13));
  client_.Must({"RENAME", "away", kCounter});
  ASSERT_TRUE(WaitFor([&] { return Adjustments() == "reset 10 0; correction -7 0; "; })) << Adjustments();
  Grow("requests", 1);
  EXPECT_TRUE(HourBecomes("requests", 14));
}

TEST_F(Counter, ThatIsRestoredAfterItsDeletionCountsOnce) {
  Grow("requests", 10);
  ASSERT_TRUE(HourBecomes("requests", 10));
  const std::string dump = client_.Text({"DUMP", kCounter});
  client_.Must({"UNLINK", kCounter});
  client_.Must({"RESTORE", kCounter, "0", dump});
  Grow("requests", 1);
  EXPECT_TRUE(HourBecomes("requests", 11));
  client_.Must({"COPY", kCounter, "copy"});
  client_.Must({"MOVE", kCounter, "1"});
  ASSERT_TRUE(WaitFor([&] { return Adjustments() == "reset 11 0; "; })) << Adjustments();
  client_.Must({"COPY", "copy", kCounter});
  Grow("requests", 1);
  EXPECT_TRUE(HourBecomes("requests", 12));
}

TEST_F(Counter, ThatIsRestoredOnAnIdleRelayIsNoSilence) {
  Grow("requests", 10);
  ASSERT_TRUE(HourBecomes("requests", 10));
  client_.Must({"RENAME", kCounter, "usage:key-2:model:hourly:m:2026-11-20:20"});
  clock_.AdvanceMs(20'000);
  client_.Must(
      {"COPY", "usage:key-2:model:hourly:m:2026-11-20:20", "usage:key-3:model:hourly:m:2026-11-20:20"});
  const char* sum = "SELECT sum(requests) FROM api_key_untimed";
  ASSERT_TRUE(WaitFor([&] { return rows_.Value(sum) == "20"; })) << rows_.Value(sum);
  clock_.AdvanceMs(65'000);  // a sweep
  Grow("requests", 1);
  ASSERT_TRUE(HourBecomes("requests", 11));
  EXPECT_EQ(metering_.metrics().silences, 0);
  EXPECT_EQ(rows_.Value("SELECT count(*) FROM gaps WHERE reason = 'silent'"), "0");
}

TEST_F(Counter, OfADatabaseThatIsFlushedAndAtOnceAsFullBeginsAnew) {
  Grow("requests", 10);
  ASSERT_TRUE(HourBecomes("requests", 10));
  client_.Must({"FLUSHDB"});
  Grow("requests", 3);  // as many keys as before
  EXPECT_TRUE(HourBecomes("requests", 13));
  EXPECT_EQ(Adjustments(), "reset 10 0; ");
}

TEST_F(Counter, OfADatabaseThatIsSwappedAwayAndBackCountsOnce) {
  Grow("requests", 10);
  ASSERT_TRUE(HourBecomes("requests", 10));
  client_.Must({"SWAPDB", "0", "1"});
  ASSERT_TRUE(WaitFor([&] { return Adjustments() == "rollback 10 0; "; })) << Adjustments();
  metering_.AwaitBaseline();
  Grow("requests", 3);
  ASSERT_TRUE(HourBecomes("requests", 13));
  client_.Must({"SWAPDB", "0", "1"});
  ASSERT_TRUE(WaitFor([&] { return Adjustments() == "rollback 10 0; rollback -7 0; "; })) << Adjustments();
  metering_.AwaitBaseline();
  Grow("requests", 1);
  EXPECT_TRUE(HourBecomes("requests", 14));
}

TEST_F(Counter, WhoseEventsCeaseIsSubscribedToAgainAndTheSilenceIsAGap) {
  Grow("requests", 1);
  ASSERT_TRUE(HourBecomes("requests", 1));
  client_.Must({"CONFIG", "SET", "notify-keyspace-events", ""});
  Grow("requests", 2);
  clock_.AdvanceMs(65'000);
  EXPECT_TRUE(HourBecomes("requests", 3));
  EXPECT_TRUE(WaitFor([&] { return metering_.metrics().sessions == 2; }));
  EXPECT_EQ(metering_.metrics().silences, 1);
  EXPECT_TRUE(
      WaitFor([&] { return rows_.Value("SELECT count(*) FROM gaps WHERE reason = 'silent'") == "1"; }));
  metering_.AwaitBaseline();
  Grow("requests", 4);  // announced again: the missing flags were set
  EXPECT_TRUE(WaitFor([&] { return rows_.Value("SELECT sum(requests) FROM api_key_usage_minute") == "5"; }));
}

TEST_F(Counter, RedisThatLosesItsDataIsARollback) {
  Grow("requests", 5);
  ASSERT_TRUE(HourBecomes("requests", 5));
  redis_.Crash();
  ASSERT_TRUE(WaitFor([&] { return !metering_.metrics().is_connected; }));
  redis_.Start();
  client_ = redis_.Connect();
  ASSERT_TRUE(WaitFor([&] { return !Adjustments().empty(); }));
  EXPECT_EQ(Adjustments(), "rollback 5 0; ");
  Grow("requests", 2);
  EXPECT_TRUE(HourBecomes("requests", 7));
}

}  // namespace
}  // namespace keymeter::testing
