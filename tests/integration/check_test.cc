// keymeter check, as its user runs it, on what is well, large, absent or silent.

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "tests/integration/check_fixture.h"
#include "tests/integration/metering.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

TEST_F(CheckCommand, OfAWellRelayHasNothingToSayAlsoUnderReadmesRights) {
  AddUsers(relay_.Connect());
  RedisClient client = relay_.Connect();
  PlantUsage(client, 0, {});
  const auto as_all = Start({{"--redis", Url(relay_)}});
  const auto as_least = Start({{"--redis", Url(relay_, "least")}});
  for (ChildProcess* check : {as_all.get(), as_least.get()}) {
    const nlohmann::json report = ReportOf(*check);
    for (const auto& finding : report["findings"]) {
      const bool is_bad = finding["severity"] == "warning" || finding["severity"] == "fault";
      const bool is_expected =
          finding["check"] == "space" || finding["check"] == "secrets";  // password in a flag
      EXPECT_TRUE(is_expected || !is_bad) << finding.dump(2);
    }
  }
}

TEST_F(CheckCommand, FindsTheRelayAmongMoreKeysThanItLooksAt) {
  RedisClient client = quiet_.Connect();
  client.Must({"DEBUG", "POPULATE", "400000", "junk"});
  PlantUsage(client, 0, {});
  const nlohmann::json report = ReportOf(*Start({{"--redis", Url(quiet_)}}));
  for (const auto& finding : report["findings"]) {
    if (finding["check"] != "profile") continue;
    EXPECT_EQ(finding["severity"], "ok") << finding.dump(2);
    EXPECT_NE(std::string(finding["seen"]).find("2 counters among the newest of the index sets"),
              std::string::npos)
        << finding.dump(2);
  }
}

TEST_F(CheckCommand, ChangesNothing) {
  RedisClient client = quiet_.Connect();
  const std::string db = OwnFile("kept.db", "UPDATE source_state SET utc_offset_s = 28800");
  const std::string before = ReadFile(db);
  const auto with_file = Start({{"--redis", Url(quiet_)}, {"--db", db}});
  const auto without_file = Start({{"--redis", Url(quiet_)}, {"--db", files_.File("absent.db")}});
  (void)ReportOf(*with_file);
  (void)ReportOf(*without_file);
  EXPECT_EQ(ReadFile(db), before);
  EXPECT_FALSE(std::filesystem::exists(files_.File("absent.db")));
  EXPECT_EQ(client.Integer({"DBSIZE"}), 0);
  EXPECT_EQ(client.Must({"CONFIG", "GET", "notify-keyspace-events"}).elements.at(1).text, "");
  EXPECT_EQ(client.Must({"INFO", "commandstats"}).text.find("config|set"), std::string::npos)
      << "not even for a moment: somebody else may change them meanwhile";
}

TEST_F(CheckCommand, NamesPastDaysThatTheFileLacksAndTheNextStartReadsThem) {
  constexpr std::int64_t kOffset = 8 * kHourSeconds;
  RedisClient client = relay_.Connect();
  PlantUsage(client, 0, {});
  const std::int64_t now = std::time(nullptr);
  const std::int64_t today = (now + kOffset) / kDaySeconds * kDaySeconds - kOffset;
  const std::int64_t day = today - 3 * kDaySeconds;
  const std::string date = FormatDate(day, kOffset);
  client.Must({"HSET", "usage:key-1:model:daily:gpt-5:" + date, "requests", "7"});
  client.Must({"HSET", "usage:daily:key-1:" + date, "requests", "7"});
  const std::string row = "INSERT INTO usage_day VALUES ({}, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0);";
  const std::string db = OwnFile("lacks.db",
                                 "UPDATE source_state SET utc_offset_s = 28800, utc_offset_origin = 'shown';"
                                 "INSERT INTO series VALUES (1, 'api_key', 'key-1', 'gpt-5');" +
                                     fmt::format(fmt::runtime(row + row), day, today));
  const Flags flags = {{"--redis", Url(relay_)}, {"--db", db}};
  Expect({"past days", {}, "days", "warning", "start keymeter"}, *Start(flags));
  {
    ManualClock clock(now * 1000);
    Metering metering(relay_, db, clock, {.utc_offset_s = kOffset});
    metering.AwaitBaseline();
    EXPECT_TRUE(WaitFor([&] {
      return DatabaseRows(db).Value(fmt::format("SELECT requests FROM usage_day WHERE bucket = {}", day)) ==
             "7";
    }));
  }
  const nlohmann::json report = ReportOf(*Start(flags));
  for (const auto& finding : report["findings"]) EXPECT_NE(finding["check"], "days") << finding.dump(2);
}

TEST_F(CheckCommand, EndsInTimeWhenRedisHangs) {
  quiet_.Pause();
  const auto check = Start({{"--redis", Url(quiet_)}, {"--redis-connect-timeout", "200ms"}});
  Expect({"silent", {}, "connection", "fault", "check host and port"}, *check);
  quiet_.Resume();
}

}  // namespace
}  // namespace keymeter::testing
