#include "query-api/endpoints/heatmap.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kHeatToday = kHourNow - 20 * kHourSeconds;  // Friday 2026-11-20 at +08:00

/// How many cells hold what was spread from a longer time.
std::int64_t Estimated(const Json& heatmap) {
  std::int64_t count = 0;
  for (const Json& day : heatmap.at("estimated"))
    for (const Json& cell : day) count += cell.get<bool>() ? 1 : 0;
  return count;
}

class StatsHeatmap : public ::testing::Test {
 protected:
  StatsHeatmap() {
    file_.Key("k1").Key("k2").Account("a1").Sql("BEGIN");
    for (const char* id : {"k1", "k2", "a1"})
      for (std::int64_t i = 0; i < 110; ++i)
        file_.Minute(kMinuteNow - i * 389 * kMinuteSeconds, {.kind = id[0] == 'a' ? "account" : "api_key",
                                                             .entity = id,
                                                             .model = i % 3 == 0 ? "opus" : "sonnet",
                                                             .requests = i % 4 + 1});
    file_.Sql(
        "COMMIT; INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, "
        "cache_read) VALUES ('sonnet', 0, 0.001, 0.002, 0, 0, 0)");
  }

  static std::string HeatmapTarget(std::int64_t from, std::int64_t to, const std::string& more = "") {
    return fmt::format("/api/stats/heatmap?start_ms={}&end_ms={}{}", from * 1000, to * 1000, more);
  }
  /// A sum over the views for each cell: SQLite's own calendar.
  void ExpectAsInViews(const std::string& target, const std::string& view, const std::string& what,
                       const std::string& where) {
    const Response response = api_.Get(target);
    ASSERT_EQ(response.status, 200) << response.body;
    const Json cells = Json::parse(response.body)["cells"];
    ASSERT_EQ(cells.size(), 7U);
    for (std::size_t day = 0; day < 7; ++day) {
      ASSERT_EQ(cells[day].size(), 24U);
      for (std::size_t hour = 0; hour < 24; ++hour) {
        const std::string rows = fmt::format(
            "FROM {} WHERE bucket >= {} AND bucket < {} AND {} AND strftime('%w %H', bucket + "
            "28800, 'unixepoch') = '{} {:02}'",
            view, std::stoll(*response.FindHeader("X-Start-Ms")) / 1000,
            std::stoll(*response.FindHeader("X-End-Ms")) / 1000, where, (day + 1) % 7, hour);
        const std::int64_t stored = file_.Int(
            fmt::format("SELECT CAST(round(coalesce(sum({}), 0) * 1000000) AS INTEGER) {}", what, rows));
        const bool is_unknown =
            file_.Int(fmt::format("SELECT count(*) > 0 AND count({}) = 0 {}", what, rows)) != 0;
        const Json& cell = cells[day][hour];
        EXPECT_EQ(cell.is_null(), is_unknown) << "day " << day << ", hour " << hour;
        EXPECT_NEAR(cell.is_null() ? 0 : cell.get<double>(), static_cast<double>(stored) / 1e6, 1e-6)
            << "day " << day << ", hour " << hour;
      }
    }
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(StatsHeatmap, HasTheDocumentedShape) {
  const Json body = api_.GetJson("/api/stats/heatmap");
  EXPECT_EQ(body["metric"], "reqs");
  EXPECT_EQ(body["offset"], "+08:00");
  EXPECT_EQ(Estimated(body), 0);
  EXPECT_EQ(body["cells"].size(), 7U);
}

TEST_F(StatsHeatmap, ACellIsAnHourOfTheWeekOfTheSource) {
  const Json cells = api_.GetJson(HeatmapTarget(kMinuteNow, kMinuteNow + 60))["cells"];
  for (std::size_t day = 0; day < 7; ++day)
    for (std::size_t hour = 0; hour < 24; ++hour)
      EXPECT_EQ(cells[day][hour].get<int>() > 0, day == 4 && hour == 20) << "it is Friday, 20:34";
}

TEST_F(StatsHeatmap, CellsAgreeWithTheViews) {
  const std::string month = HeatmapTarget(kNow - 30 * kDaySeconds, kNow);
  for (int round = 0; round < 2; ++round) {  // from the file, then from memory
    ExpectAsInViews(month, "api_key_usage_hour", "requests", "true");
    file_.Minute(kHourNow - 30 * kHourSeconds, {.entity = "k1", .requests = 50});
  }
  ExpectAsInViews(month + "&metric=tokens", "api_key_usage_hour", "total_tokens", "true");
  ExpectAsInViews(month + "&metric=cost", "api_key_usage_hour", "cost_usd", "true");
  ExpectAsInViews(month + "&metric=quota_sum", "api_key_usage_hour", "cost_usd", "true");
  ExpectAsInViews(month + "&keyId=k1", "api_key_usage_hour", "requests", "api_key = 'k1'");
  ExpectAsInViews(month + "&accountId=a1", "account_usage_hour", "requests", "account = 'a1'");
  ExpectAsInViews(month + "&accountId=a1&metric=cost", "account_usage_hour", "cost_usd", "account = 'a1'");
}

TEST_F(StatsHeatmap, MoneyThatTheRelayDidNotCountYetIsUnknown) {
  file_.Sql("UPDATE usage_hour SET cost_micros = 0, real_cost_micros = 0 WHERE bucket % 7200 = 0")
      .Sql("UPDATE usage_minute SET cost_micros = 0, real_cost_micros = 0 WHERE bucket % 7200 < 3600")
      .Sql(fmt::format("UPDATE source_state SET money_from = {}", kNow - 3 * kDaySeconds));
  const std::string span = HeatmapTarget(kNow - 6 * kDaySeconds, kNow, "&metric=cost");
  ExpectAsInViews(span, "api_key_usage_hour", "cost_usd", "true");
  ExpectAsInViews(span + "&keyId=k1", "api_key_usage_hour", "cost_usd", "api_key = 'k1'");
}

TEST_F(StatsHeatmap, WhatHasNoHourIsSpreadOverItsDayAndSaysSo) {
  const std::int64_t day = kHeatToday - 3 * kDaySeconds;
  file_.Key("k9").Untimed(Level::kDay, day, {.entity = "k9", .requests = 48});
  const Json body = api_.GetJson(HeatmapTarget(day, day + kDaySeconds, "&keyId=k9"));
  EXPECT_GT(Estimated(body), 0);
  for (std::size_t hour = 0; hour < 24; ++hour) EXPECT_EQ(body["cells"][1][hour], 2) << hour;
  const std::int64_t before = Sum(api_.GetJson(Target(day, day + kDaySeconds, kDaySeconds)));
  std::int64_t sum = 0;
  const Json all = api_.GetJson(HeatmapTarget(day, day + kDaySeconds));
  for (const Json& row : all["cells"])
    for (const Json& cell : row) sum += cell.get<std::int64_t>();
  EXPECT_EQ(sum, before);
}

TEST_F(StatsHeatmap, DaysWithoutHoursAreLaidOverThem) {
  file_.Sql(
      fmt::format("UPDATE source_state SET minutes_from = {0}, hours_from = {0}; DELETE FROM usage_minute "
                  "WHERE bucket < {0}; DELETE FROM usage_hour WHERE bucket < {0}",
                  kHeatToday - 5 * kDaySeconds));
  const Response response = api_.Get(HeatmapTarget(kHeatToday - 7 * kDaySeconds + 5000, kNow));
  EXPECT_EQ(*response.FindHeader("X-Start-Ms"), fmt::format("{}", (kHeatToday - 7 * kDaySeconds) * 1000));
  const Json body = Json::parse(response.body);
  EXPECT_GT(Estimated(body), 0);
  std::int64_t sum = 0;
  for (const Json& row : body["cells"])
    for (const Json& cell : row) sum += cell.get<std::int64_t>();
  EXPECT_EQ(sum, file_.Int(fmt::format("SELECT sum(requests) FROM api_key_usage_day WHERE bucket >= {}",
                                       kHeatToday - 7 * kDaySeconds)));
}

TEST_F(StatsHeatmap, WithoutASpanItIsTheLastThirtyDays) {
  const Response response = api_.Get("/api/stats/heatmap");
  EXPECT_EQ(*response.FindHeader("X-Start-Ms"), fmt::format("{}", (kHourNow - 30 * kDaySeconds) * 1000));
  EXPECT_EQ(*response.FindHeader("X-End-Ms"), fmt::format("{}", (kHourNow + 3600) * 1000));
}

TEST_F(StatsHeatmap, FiltersLeaveWhatTheyName) {
  const auto sum = [&](const std::string& query) {
    std::int64_t requests = 0;
    const Json cells = api_.GetJson("/api/stats/heatmap?" + query)["cells"];
    for (const Json& day : cells)
      for (const Json& cell : day) requests += cell.get<std::int64_t>();
    return requests;
  };
  file_.Account("h1", "platform = 'p1'").Account("h2", "platform = 'p2'").Group("hg", "", {"h1", "h2"});
  file_.Minute(kMinuteNow, {.kind = "account", .entity = "h1", .model = "m1", .requests = 3})
      .Minute(kMinuteNow, {.kind = "account", .entity = "h2", .model = "m2", .requests = 5})
      .Minute(kMinuteNow, {.entity = "hk", .model = "m2", .requests = 7});
  EXPECT_EQ(sum("platform=p1"), 3);
  EXPECT_EQ(sum("groupId=hg"), 8);
  EXPECT_EQ(sum("groupId=hg&platform=p2"), 5);
  EXPECT_EQ(sum("groupId=hg&model=m1"), 3);
  EXPECT_EQ(sum("model=m2"), 7) << "of keys";
}

TEST_F(StatsHeatmap, WhatIsNotUnderstoodIsRefusedByName) {
  for (const char* query :
       {"metric=money", "keyId=k1&accountId=a1", "keyId=k1&platform=claude", "format=excel",
        "start_ms=2000&end_ms=1000", "start_ms=0&end_ms=253402300799000", "end_ms=x"}) {
    const Response response = api_.Get(std::string("/api/stats/heatmap?") + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_FALSE(DetailOf(response).empty()) << query;
  }
  EXPECT_EQ(api_.Get("/api/stats/heatmap?keyId=nobody").status, 404);
  EXPECT_EQ(api_.Get("/api/stats/heatmap?accountId=nobody").status, 404);
  EXPECT_EQ(api_.Get("/api/stats/heatmap?groupId=nobody").status, 404);
}

}  // namespace
}  // namespace keymeter::query_api
