// What we have against what the relay keeps: found when it differs, and only then.

#include <gtest/gtest.h>

#include "tests/integration/source_fixture.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kMinuteMs = kMinuteSeconds * 1000;

class AuditOf : public SourceFixture {
 protected:
  void SetUp() override {
    Meter(redis_.url());
    metering_->AwaitBaseline();
    Serve(5);
    ASSERT_TRUE(Shows(5));
  }

  /// In the hour and the day of the trace.
  void Serve(int requests) {
    Use(redis_.Connect(), requests);
    for (const char* key : {kDay, "usage:global:daily:2026-11-20"})
      client_.Must({"HINCRBY", key, "requests", std::to_string(requests)});
    client_.Must({"SADD", "usage:keymodel:daily:index:2026-11-20", "key-1:gpt-5"});
  }
  /// Midnight passes, and so does the time for an audit.
  void AwaitAudit(std::int64_t hours = 5) {
    const std::string audits = Value("SELECT count(*) FROM audits");
    clock_.AdvanceMs(hours * 60 * kMinuteMs);
    ASSERT_TRUE(WaitFor([&] { return Value("SELECT count(*) FROM audits") != audits; }));
  }
  void Spoil(const std::string& sql) const {
    Database writer = Database::Open(Db(), Database::Mode::kReadWrite).value();
    ASSERT_TRUE(writer.Execute(sql));
  }
  /// "hour requests 5 6": level, metric, relay, ours.
  [[nodiscard]] std::string Drift() const {
    return Value(
        "SELECT group_concat(level || ' ' || coalesce(entity, '') || ' ' || metric || ' ' || relay || ' ' || "
        "ours, '; ') "
        "FROM "
        "(SELECT * FROM drift ORDER BY level, entity, metric)");
  }

  static constexpr const char* kDay = "usage:key-1:model:daily:gpt-5:2026-11-20";

  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
};

TEST_F(AuditOf, ARelayThatWeMeteredWholeFindsNothing) {
  AwaitAudit();
  EXPECT_EQ(Drift(), "");
  EXPECT_EQ(Value("SELECT hours || ' ' || days || ' ' || drift FROM audits"), "1 1 0")
      << "the day's sum is not compared: nobody was here when it began";
}

TEST_F(AuditOf, AnHourThatWasSpoiledNamesSeriesBucketAndMetric) {
  // The minute is not rolled up yet: the hour will hold one too many.
  Spoil(
      "INSERT INTO usage_hour SELECT bucket - bucket % 3600, series, 1, 0, 0, 0, 0, 0, 0, 0, 0 FROM "
      "usage_minute WHERE true ON CONFLICT DO UPDATE SET requests = requests + 1");
  AwaitAudit();
  EXPECT_EQ(Drift(), "hour key-1 requests 5 6");
  EXPECT_EQ(metering_->metrics().drift, 1);
  Spoil("UPDATE usage_hour SET requests = 5 WHERE series = 1");
  AwaitAudit();
  EXPECT_EQ(Drift(), "hour key-1 requests 5 6")
      << "an audit looks at what has closed since, once a day at all";
  AwaitAudit(24);
  EXPECT_EQ(Drift(), "") << "and what is well again is forgotten";
}

TEST_F(AuditOf, ADayThatHoldsLessThanWeMeteredIsFound) {
  client_.Must({"HINCRBY", kDay, "requests", "-2"});
  AwaitAudit();
  EXPECT_EQ(Drift(), "day key-1 requests 3 5");
}

TEST_F(AuditOf, ADayThatHoldsMoreThanWeMeteredIsTakenUntimed) {
  client_.Must({"HINCRBY", kDay, "requests", "2"});
  AwaitAudit();
  EXPECT_EQ(Drift(), "");
  EXPECT_EQ(Value("SELECT requests FROM api_key_usage_day"), "7");
  EXPECT_EQ(Value("SELECT found_by || ' ' || level || ' ' || requests FROM recovered"), "audit day 2");
}

TEST_F(AuditOf, TheSumOfADayIsComparedWhereNobodyWasAway) {
  AwaitAudit();  // the first day: begun before us
  client_.Must({"HINCRBY", "usage:global:daily:2026-11-21", "requests", "3"});
  AwaitAudit(29);
  EXPECT_EQ(Drift(), "day  requests 3 0");
}

TEST_F(AuditOf, WhatAdjustmentsExplainIsNoDrift) {
  client_.Must({"DEL", kCounter, kDay});
  Serve(2);
  ASSERT_TRUE(Shows(7));
  client_.Must({"HINCRBY", kCounter, "requests", "-1"});
  ASSERT_TRUE(WaitFor([&] { return Value("SELECT sum(requests) FROM adjustments") == "6"; }));
  AwaitAudit();
  EXPECT_EQ(Drift(), "");
}

TEST_F(AuditOf, GrowthThatWasMissedIsMeteredByIt) {
  client_.Must({"CONFIG", "SET", "notify-keyspace-events", ""});
  clock_.AdvanceMs(180 * kMinuteMs);  // the hour is over, and swept for the last time
  ASSERT_TRUE(
      WaitFor([&] { return Value("SELECT rolled_until > 1795180000 FROM processor_status") == "1"; }));
  Serve(4);  // an import into an hour of the past that nobody announces
  AwaitAudit();
  EXPECT_TRUE(Shows(9));
  EXPECT_EQ(Drift(), "");
}

}  // namespace
}  // namespace keymeter::testing
