// The recorded trace of a real relay, metered from a real Redis: every metric of every series, to the unit.

#include <map>

#include <gtest/gtest.h>

#include "tests/integration/metering.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/relay_trace.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kHalfPast = 30 * kMinuteSeconds;  ///< far from the hour's edges

class Trace : public ::testing::Test {
 protected:
  void Replay(const RelayTrace& trace) {
    RedisClient client = redis_.Connect();
    const PipeResult result = client.Pipe(trace.Resp());
    ASSERT_EQ(result.errors, 0) << result.first_error;
  }

  [[nodiscard]] DatabaseRows Rows() const { return DatabaseRows(Db()); }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  TempDir directory_;
  RedisServer redis_;
  const RelayTrace trace_ = RelayTrace::Load();
  const RelayExpectation expected_ = RelayExpectation::Load();
};

/// The trace as a relay of another kind would have written it: absolute values by HSET instead of HINCRBY.
RelayTrace CountingByHset(const RelayTrace& trace) {
  std::map<std::pair<std::string, std::string>, std::int64_t> values;
  return trace.Mapped([&values](const RedisCommand& command) -> RedisCommand {
    if (command[0] != "hincrby") return command;
    std::int64_t& value = values[{command[1], command[2]}];
    value += std::stoll(command[3]);
    return {"hset", command[1], command[2], std::to_string(value)};
  });
}

TEST_F(Trace, RedatedToNowIsExactInMinuteHourDayAndMonth) {
  ManualClock clock((kTraceHour + kHalfPast) * 1000);
  Metering metering(redis_, Db(), clock);
  metering.AwaitBaseline();
  Replay(trace_);
  clock.AdvanceMs(2000);  // the offset is concluded after a second of one hour
  for (Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering.AwaitSums(level, expected_.usage), "") << LevelName(level);
  EXPECT_EQ(Rows().Value("SELECT count(*) FROM api_key_untimed"), "0");
  EXPECT_EQ(Rows().Value("SELECT DISTINCT time FROM api_key_usage_minute"), "2026-11-20T12:30:00Z");
  EXPECT_EQ(Rows().Value("SELECT DISTINCT date || ' ' || local_time FROM api_key_usage_day"),
            "2026-11-20 2026-11-20T00:00:00+08:00");
  EXPECT_EQ(Rows().Value("SELECT utc_offset_s FROM processor_status"), "28800");
}

TEST_F(Trace, RedatedToAnotherMonthAndOffsetIsExactToo) {
  const std::int64_t new_years_eve = 1798754400;  // 2026-12-31T22:00:00Z
  ManualClock clock((new_years_eve + kHalfPast) * 1000);
  Metering metering(redis_, Db(), clock);
  metering.AwaitBaseline();
  Replay(trace_.Redated(new_years_eve, -3 * kHourSeconds));
  clock.AdvanceMs(2000);  // the offset is concluded after a second of one hour
  for (Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering.AwaitSums(level, expected_.usage), "") << LevelName(level);
  EXPECT_EQ(Rows().Value("SELECT DISTINCT month || ' ' || local_time FROM account_usage_month"),
            "2026-12 2026-12-01T00:00:00-03:00");
}

TEST_F(Trace, WithItsOldDatesIsHistoryWithoutMinutes) {
  const ManualClock clock((kTraceHour + 5 * kHourSeconds) * 1000);
  Metering metering(redis_, Db(), clock, {.utc_offset_s = kTraceOffset});
  metering.AwaitBaseline();
  Replay(trace_);
  for (Level level : {Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering.AwaitSums(level, expected_.usage), "") << LevelName(level);
  EXPECT_EQ(Rows().Value("SELECT count(*) FROM api_key_usage_minute"), "0");
  EXPECT_EQ(Rows().Value("SELECT DISTINCT level || ' ' || time FROM api_key_untimed"),
            "hour 2026-11-20T12:00:00Z");
}

TEST_F(Trace, ThatWasThereBeforeUsIsReadAtOnce) {
  Replay(trace_);
  const ManualClock clock((kTraceHour + 5 * kHourSeconds) * 1000);
  Metering metering(redis_, Db(), clock, {.utc_offset_s = kTraceOffset});
  for (Level level : {Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering.AwaitSums(level, expected_.usage), "") << LevelName(level);
}

TEST_F(Trace, CountedByHsetGivesTheSameRows) {
  const ManualClock clock((kTraceHour + kHalfPast) * 1000);
  Metering metering(redis_, Db(), clock, {.utc_offset_s = kTraceOffset});
  metering.AwaitBaseline();
  Replay(CountingByHset(trace_));
  for (Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering.AwaitSums(level, expected_.usage), "") << LevelName(level);
  EXPECT_EQ(Rows().Value("SELECT count(*) FROM adjustments"), "0");
}

TEST_F(Trace, TwiceIsDoubleAndARestartBetweenChangesNothing) {
  const ManualClock clock((kTraceHour + kHalfPast) * 1000);
  UsageSums twice = expected_.usage;
  for (auto& [id, amounts] : twice) amounts += Amounts(amounts);
  {
    Metering metering(redis_, Db(), clock, {.utc_offset_s = kTraceOffset});
    metering.AwaitBaseline();
    Replay(trace_);
    ASSERT_EQ(metering.AwaitSums(Level::kHour, expected_.usage), "");
    ASSERT_TRUE(metering.Stop());
  }
  Replay(trace_);
  Metering metering(redis_, Db(), clock);
  for (Level level : {Level::kMinute, Level::kHour, Level::kDay, Level::kMonth})
    EXPECT_EQ(metering.AwaitSums(level, twice), "") << LevelName(level);
}

/// What an entity used of all models.
std::map<std::pair<std::string, std::string>, Amounts> OfAllModels(const UsageSums& sums) {
  std::map<std::pair<std::string, std::string>, Amounts> of_all;
  for (const auto& [id, amounts] : sums) of_all[{id.kind, id.entity}] += amounts;
  return of_all;
}

void ExpectShown(const nlohmann::json& shown, const Amounts& expected, bool is_of_key) {
  const std::pair<const char*, Metric> metrics[] = {{"requests", Metric::kRequests},
                                                    {"inputTokens", Metric::kInputTokens},
                                                    {"outputTokens", Metric::kOutputTokens},
                                                    {"cacheCreateTokens", Metric::kCacheCreateTokens},
                                                    {"cacheReadTokens", Metric::kCacheReadTokens}};
  for (const auto& [name, metric] : metrics) EXPECT_EQ(shown.at(name), expected[metric]) << name << shown;
  EXPECT_EQ(shown.at("totalTokens"), expected.TotalTokens()) << shown;
  if (!is_of_key) return;
  EXPECT_DOUBLE_EQ(shown.at("cost").get<double>() * 1e6, static_cast<double>(expected[Metric::kCostMicros]));
  if (shown.contains("realCost")) {
    EXPECT_DOUBLE_EQ(shown["realCost"].get<double>() * 1e6,
                     static_cast<double>(expected[Metric::kRealCostMicros]));
  }
}

TEST_F(Trace, IsWhatTheApiShowsOfEachKeyAndAccountInItsHourAndInAll) {
  {
    const ManualClock clock((kTraceHour + kHalfPast) * 1000);
    Metering metering(redis_, Db(), clock, {.utc_offset_s = kTraceOffset});
    metering.AwaitBaseline();
    Replay(trace_);
    ASSERT_EQ(metering.AwaitSums(Level::kHour, expected_.usage), "");
    ASSERT_TRUE(metering.Stop());
  }
  const Program server("serve", {"--db", Db()});
  const std::string hour =
      "/usage?granularity=hourly&startDate=2026-11-20T12:00:00Z&endDate=2026-11-20T13:00:00Z";
  for (const auto& [entity, expected] : OfAllModels(expected_.usage)) {
    const auto& [kind, id] = entity;
    const bool is_of_key = kind == "api_key";
    const std::string path = (is_of_key ? "/api/apikeys/" : "/api/accounts/") + id;
    const nlohmann::json hours = HttpGet(server.Api(path + hour)).Json();
    ASSERT_EQ(hours.size(), 1U) << path << hours;
    ExpectShown(hours[0], expected, is_of_key);
    ExpectShown(HttpGet(server.Api(path)).Json().at("usage").at("total"), expected, is_of_key);
  }
  for (const auto& [id, expected] : OfKind(expected_.usage, "api_key"))
    ExpectShown(HttpGet(server.Api("/api/apikeys/" + id.entity + hour + "&model=" + id.model)).Json().at(0),
                expected, true);
  for (const auto& key : HttpGet(server.Api("/api/apikeys")).Json())
    ExpectShown(key.at("usage").at("total"),
                OfAllModels(expected_.usage)[{"api_key", key.at("keyId").get<std::string>()}], true);
}

TEST_F(Trace, LeavesTheNamesKeysAccountsAndGroupsOfTheRelay) {
  const ManualClock clock((kTraceHour + kHalfPast) * 1000);
  Metering metering(redis_, Db(), clock);
  metering.AwaitBaseline();
  Replay(trace_);
  for (const auto& item : expected_.all["api_keys"].items()) {
    const std::string& id = item.key();
    const nlohmann::json& key = item.value();
    const std::string where = " FROM api_keys WHERE api_key = '" + id + "'";
    EXPECT_TRUE(WaitFor([&] { return Rows().Value("SELECT name" + where) == key["name"]; })) << id;
    EXPECT_TRUE(WaitFor([&] { return Rows().Value("SELECT last_used_at" + where) == key["lastUsedAt"]; }))
        << id;
    EXPECT_EQ(Rows().Value("SELECT tags" + where), key["tags"]);
    EXPECT_EQ(Rows().Value("SELECT is_active" + where), key["isActive"] == "true" ? "1" : "0");
    EXPECT_EQ(Rows().Value("SELECT is_deleted" + where), key["isDeleted"] == "true" ? "1" : "0");
  }
  for (const auto& item : expected_.all["accounts"].items()) {
    const std::string& id = item.key();
    const nlohmann::json& account = item.value();
    const std::string where = " FROM accounts WHERE account = '" + id + "'";
    EXPECT_TRUE(WaitFor([&] { return Rows().Value("SELECT name" + where) == account["name"]; })) << id;
    for (const char* attribute : {"platform", "status"}) {
      const std::string text = account[attribute];  // empty where that kind of hash has no such field
      const std::string is = Rows().Value("SELECT " + std::string(attribute) + where);
      EXPECT_TRUE(text.empty() || text == is) << attribute << " of " << id << " is " << is;
    }
  }
  for (const auto& item : expected_.all["groups"].items()) {
    const std::string& id = item.key();
    const nlohmann::json& group = item.value();
    nlohmann::json members = nlohmann::json::array();
    EXPECT_TRUE(WaitFor([&] {
      members = nlohmann::json::array();
      for (const Row& row : Rows().Query("SELECT account FROM account_group_members WHERE account_group = '" +
                                         id + "' ORDER BY account"))
        members.push_back(row.at("account"));
      return members == group["members"];
    })) << id
        << " has " << members;
    EXPECT_EQ(Rows().Value("SELECT name FROM account_groups WHERE account_group = '" + id + "'"),
              group["name"]);
  }
}

}  // namespace
}  // namespace keymeter::testing
