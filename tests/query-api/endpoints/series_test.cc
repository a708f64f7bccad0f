#include "query-api/endpoints/series.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

class StatsSeries : public ::testing::Test {
 protected:
  StatsSeries() {
    file_.Key("k1", "", "user_id = 'ann'")
        .Key("k2", "", "user_id = 'ann'")
        .Key("k3")
        .Account("a1")
        .Account("a2")
        .Group("g1", "group", {"a1", "a2"})
        .Sql(
            "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
            "VALUES ('sonnet', 0, 0.001, 0.002, 0, 0, 0)");
    for (const char* key : {"k1", "k2", "k3"})
      for (std::int64_t i = 0; i < 3000; i += 11)
        file_.Minute(kMinuteNow - i * 60,
                     {.entity = key, .model = i % 2 == 0 ? "sonnet" : "opus", .requests = i % 5 + 1});
    file_.Minute(kMinuteNow, {.kind = "account", .entity = "a1", .requests = 3})
        .Minute(kMinuteNow - 60, {.kind = "account", .entity = "a2", .requests = 4});
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(StatsSeries, EverySlotIsThereInOrder) {
  const Json rows = api_.GetJson(Target(kHourNow - 3600, kHourNow, 60));
  ASSERT_EQ(rows.size(), 60U);
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(rows[i]["bucket"], FormatRfc3339((kHourNow - 3600 + 60 * static_cast<std::int64_t>(i)) * 1000));
}

TEST_F(StatsSeries, SaysHowMuchMemoryAnAnswerTook) {
  const Response response = api_.Get(Target(kMinuteNow, kMinuteNow + 60, 60));
  EXPECT_EQ(response.made_bytes, response.Bytes().size()) << "it is to be given back";
}

TEST_F(StatsSeries, RowsHaveTheDocumentedShape) {
  const Json rows = api_.GetJson(Target(kMinuteNow, kMinuteNow + 60, 60));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].dump(),
            fmt::format(R"({{"bucket":"{}","reqs":3,"tokens":45,"inputTokens":30,"outputTokens":15,)"
                        R"("cacheCreateTokens":0,"cacheReadTokens":0,"cost":0.003,"users":2,"tokens_cnt":3,)"
                        R"("estimated":false,"coverage":0.0}})",
                        FormatRfc3339(kMinuteNow * 1000)));
}

TEST_F(StatsSeries, SumsAgreeWithTheViewsAtEveryLevel) {
  const std::int64_t day = BucketOf(Level::kDay, kNow, kOffset);
  for (const auto& [slot, level] :
       {std::pair(60, "minute"), std::pair(300, "minute"), std::pair(3600, "hour"), std::pair(7200, "hour"),
        std::pair(86400, "day")}) {
    const Json rows = api_.GetJson(Target(day - 86400, day + 86400, slot));
    const std::string from = fmt::format("FROM api_key_usage_{} WHERE bucket >= {} AND bucket < {}", level,
                                         day - 86400, day + 86400);
    EXPECT_EQ(Sum(rows, "reqs"), file_.Int("SELECT sum(requests) " + from)) << slot;
    EXPECT_EQ(Sum(rows, "tokens"), file_.Int("SELECT sum(total_tokens) " + from)) << slot;
    for (const Json& row : rows) EXPECT_EQ(row["estimated"], false);
  }
}

TEST_F(StatsSeries, AKeyAModelAndAnAccountAreParts) {
  const auto sum = [&](const std::string& more) {
    return Sum(api_.GetJson(Target(kNow - 86400, kNow, 300, more)), "reqs");
  };
  EXPECT_EQ(sum("&keyId=k1") + sum("&keyId=k2") + sum("&keyId=k3"), sum(""));
  EXPECT_EQ(sum("&model=sonnet") + sum("&model=opus"), sum(""));
  EXPECT_EQ(sum("&keyId=k1&model=nothing"), 0);
  EXPECT_EQ(sum("&accountId=a1"), 3);
  EXPECT_EQ(sum("&groupId=g1"), 7);
}

TEST_F(StatsSeries, AccountsHaveACostByPricesAndNoUsers) {
  const Json rows = api_.GetJson(Target(kMinuteNow, kMinuteNow + 60, 60, "&accountId=a1"));
  EXPECT_DOUBLE_EQ(rows[0]["cost"], 30 * 0.001 + 15 * 0.002);
  EXPECT_EQ(rows[0]["users"], Json());
  EXPECT_EQ(rows[0]["tokens_cnt"], Json());
}

TEST_F(StatsSeries, ManySeriesAreReadInOneGoWithTheSameOutcome) {
  for (int i = 0; i < 300; ++i)
    file_.Minute(kMinuteNow - 120, {.entity = fmt::format("many{}", i), .requests = 2});
  const Json rows = api_.GetJson(Target(kHourNow, kHourNow + 3600, 60));
  EXPECT_EQ(rows[32]["reqs"], 600);
  EXPECT_EQ(rows[32]["tokens_cnt"], 300);
  const Json hours = api_.GetJson(Target(kHourNow, kHourNow + 3600, 3600));
  EXPECT_EQ(Sum(rows, "reqs"), Sum(hours, "reqs"));
}

TEST_F(StatsSeries, WhatIsUntimedIsSpreadAndSaysSo) {
  const std::int64_t hour = kHourNow - 7200;
  for (std::int64_t i = 0; i < 45; ++i) file_.Covered(hour + i * 60);
  file_.Untimed(Level::kHour, hour, {.entity = "k9", .requests = 31});
  const Json minutes = api_.GetJson(Target(hour, hour + 3600, 60, "&keyId=k9"));
  EXPECT_EQ(Sum(minutes, "reqs"), 31);
  EXPECT_EQ(minutes[44]["reqs"], 0);
  EXPECT_EQ(minutes[44]["estimated"], false);
  EXPECT_EQ(minutes[44]["coverage"], 1.0);
  EXPECT_EQ(minutes[45]["reqs"], 3);
  EXPECT_EQ(minutes[45]["estimated"], true);
  const Json hours = api_.GetJson(Target(hour, hour + 3600, 3600, "&keyId=k9"));
  EXPECT_EQ(hours[0]["reqs"], 31);
  EXPECT_EQ(hours[0]["estimated"], false);
  EXPECT_EQ(hours[0]["coverage"], 0.75);
}

TEST_F(StatsSeries, AnUntimedDayIsSpreadOverItsHours) {
  const std::int64_t day = BucketOf(Level::kDay, kNow - 5 * kDaySeconds, kOffset);
  file_.Untimed(Level::kDay, day, {.entity = "k9", .requests = 49});
  const Json hours = api_.GetJson(Target(day, day + 86400, 3600, "&keyId=k9"));
  EXPECT_EQ(Sum(hours, "reqs"), 49);
  EXPECT_EQ(hours[0]["reqs"], 3);
  EXPECT_EQ(hours[23]["reqs"], 2);
  EXPECT_EQ(Sum(api_.GetJson(Target(day, day + 86400, 600, "&keyId=k9")), "reqs"), 49);
  EXPECT_EQ(api_.GetJson(Target(day, day + 86400, 86400, "&keyId=k9"))[0]["estimated"], false);
}

TEST_F(StatsSeries, WeeksAndMonthsAreCalendarOnes) {
  const Json months = api_.GetJson("/api/stats/series?unit=month");
  ASSERT_EQ(months.size(), 13U);
  EXPECT_EQ(months[12]["bucket"], "2026-10-31T16:00:00Z");
  EXPECT_EQ(Sum(months, "reqs"), file_.Int("SELECT sum(requests) FROM api_key_usage_month"));
  const Json weeks = api_.GetJson("/api/stats/series?unit=week");
  EXPECT_EQ(weeks.back()["bucket"], "2026-11-15T16:00:00Z");
  EXPECT_EQ(Sum(weeks, "reqs"), Sum(months, "reqs"));
}

TEST_F(StatsSeries, TheAnswerSaysWhatItCovers) {
  const Response response = api_.Get(Target(kHourNow + 1, kHourNow + 3601, 3600));
  EXPECT_EQ(*response.FindHeader("X-Start-Ms"), fmt::format("{}", kHourNow * 1000));
  EXPECT_EQ(*response.FindHeader("X-End-Ms"), fmt::format("{}", (kHourNow + 7200) * 1000));
}

TEST_F(StatsSeries, TimesAndSlotsThatMakeNoSenseAreRefused) {
  for (const char* query :
       {"start_ms=NaN", "start_ms=-1", "end_ms=1e12", "start_ms=99999999999999999999",
        "end_ms=253402300800000", "start_ms=2000&end_ms=1000", "start_ms=5&end_ms=5", "slot_sec=0",
        "slot_sec=-60", "slot_sec=61", "slot_sec=inf", "start_ms=0&end_ms=60000000000000&slot_sec=60",
        "start_ms=0&end_ms=253402300799000&slot_sec=3600", "unit=year", "unit=week&slot_sec=60",
        "unit=day&slot_sec=86400", "by=day", "keyId=k1&accountId=a1", "accountId=a1&groupId=g1"}) {
    const Response response = api_.Get(std::string("/api/stats/series?") + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_FALSE(DetailOf(response).empty()) << query;
  }
}

TEST_F(StatsSeries, TheFarthestTimesAreEmptyNotWrong) {
  EXPECT_EQ(Sum(api_.GetJson("/api/stats/series?start_ms=0&end_ms=1&slot_sec=60"), "reqs"), 0);
  EXPECT_EQ(
      api_.GetJson("/api/stats/series?start_ms=253402300799998&end_ms=253402300799999&slot_sec=86400").size(),
      1U);
  EXPECT_EQ(
      api_.GetJson("/api/stats/series?start_ms=253402300799998&end_ms=253402300799999&unit=month").size(),
      1U);
}

TEST_F(StatsSeries, AnUnknownIdIsNotFoundAndSqlIsText) {
  for (const char* name : {"keyId", "accountId", "groupId"}) {
    EXPECT_EQ(api_.Get(fmt::format("/api/stats/series?{}=nobody", name)).status, 404) << name;
    EXPECT_EQ(api_.Get(fmt::format("/api/stats/series?{}=%27%20OR%201%3D1--", name)).status, 404) << name;
  }
  EXPECT_EQ(Sum(api_.GetJson("/api/stats/series?model=%27%20OR%201%3D1--"), "reqs"), 0);
  for (const char* name : {"start_ms", "end_ms", "slot_sec", "unit"})
    EXPECT_EQ(api_.Get(fmt::format("/api/stats/series?{}=1%3BDROP%20TABLE%20series", name)).status, 400)
        << name;
}

TEST_F(StatsSeries, WhatIsOverKeepsItsEtagAsTimeGoesBy) {
  const std::string past = Target(kHourNow - 7200, kHourNow, 60);
  const std::string etag = *api_.Get(past).FindHeader("ETag");
  const std::string open = Target(kHourNow, kHourNow + 3600, 60);
  const std::string open_etag = *api_.Get(open).FindHeader("ETag");
  api_.clock.AdvanceMs(5000);
  EXPECT_EQ(api_.Get(past, {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(api_.Get(open, {{"If-None-Match", open_etag}}).status, 200);
  file_.Untimed(Level::kHour, kHourNow,
                {.entity = "k1", .requests = 9});  // spread up to now: moves as time passes
  EXPECT_EQ(api_.Get(past, {{"If-None-Match", etag}}).status, 200);
}

}  // namespace
}  // namespace keymeter::query_api
