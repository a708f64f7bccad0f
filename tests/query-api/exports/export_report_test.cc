#include "query-api/exports/export_report.h"

#include <list>

#include <gtest/gtest.h>

#include "query-api/http/content_coding.h"
#include "tests/support/gunzip.h"
#include "tests/support/report_reading.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

/// Two keys with two models over some days, untimed amounts, and minutes that are not rolled up yet.
class ExportReportTest : public ::testing::Test {
 protected:
  ExportReportTest() {
    file_
        .Key(
            "k1", "",
            "name = '=cmd|'' /C calc''!A1', user_id = 'u1', user_username = 'ann', tags = '[\"a\",\"b, c\"]'")
        .Key("k2", "Zoë, \"the second\"")
        .Account("a1", "platform = 'claude', error_message = 'boom'")
        .Group("g1", "group one", {"a1"});
    const std::int64_t day = kDaySeconds;
    for (const std::int64_t bucket : {today_ - 40 * day, today_ - 29 * day, today_ - day, today_}) {
      file_.Minute(bucket, {.entity = "k1", .requests = 3});
      file_.Minute(bucket + kHourSeconds, {.entity = "k2", .model = "opus", .requests = 5});
      file_.Minute(bucket, {.kind = "account", .entity = "a1", .requests = 8});
    }
    file_.Untimed(Level::kHour, today_ - day, {.entity = "k2", .requests = 2});
    file_.Minute(kMinuteNow, {.entity = "k1", .requests = 7});  // from rolled_until on
  }

  [[nodiscard]] Response Get(const std::string& query) { return api_.Get("/api/export/report" + query); }
  [[nodiscard]] std::vector<CsvRow> Csv(const std::string& query) {
    const Response response = Get(query);
    EXPECT_EQ(response.status, 200) << response.body;
    return ParseCsv(BodyOf(response));
  }
  [[nodiscard]] Json Rows(const std::string& query) {
    const Response response = Get(query);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json::parse(BodyOf(response));
  }
  /// The sum of a column of a view, as a person with SQL gets it.
  [[nodiscard]] std::int64_t Sql(const std::string& view, const std::string& column,
                                 const std::string& where) {
    return file_.Int(fmt::format("SELECT coalesce(sum({}), 0) FROM {} WHERE {}", column, view, where));
  }

  const std::int64_t today_ = BucketOf(Level::kDay, kNow, kOffset);
  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(ExportReportTest, UsageIsARowForEachDayKeyAndModel) {
  const auto rows = Csv("?type=usage&startDate=2026-11-19");
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0], (CsvRow{"date", "keyId", "name", "model", "requests", "inputTokens", "outputTokens",
                             "cacheCreateTokens", "cacheReadTokens", "ephemeral5mTokens", "ephemeral1hTokens",
                             "totalTokens", "cost", "realCost"}));
  EXPECT_EQ(rows[1], (CsvRow{"2026-11-19", "k1", "'=cmd|' /C calc'!A1", "sonnet", "3", "30", "15", "0", "0",
                             "0", "0", "45", "0.003", "0.003"}));
  EXPECT_EQ(rows[2][2], "Zoë, \"the second\"");
  EXPECT_EQ(rows[4][0], "2026-11-20");
  EXPECT_EQ(rows[4][4], "10") << "with the minute that is not rolled up";
}

TEST_F(ExportReportTest, AccountsHaveTheirUsageOverTimeToo) {
  file_.Sql(
      "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
      "VALUES "
      "('sonnet', 0, 0.001, 0.002, 0, 0, 0)");
  file_.Minute(today_, {.kind = "account", .entity = "a1", .model = "no price", .requests = 1});
  const auto rows = Csv("?type=accountUsage&startDate=2026-11-19");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0], (CsvRow{"date", "accountId", "accountName", "platform", "model", "requests",
                             "inputTokens", "outputTokens", "cacheCreateTokens", "cacheReadTokens",
                             "ephemeral5mTokens", "ephemeral1hTokens", "totalTokens", "cost"}));
  EXPECT_EQ(rows[1], (CsvRow{"2026-11-19", "a1", "account a1", "claude", "sonnet", "8", "80", "40", "0", "0",
                             "0", "0", "120", "0.16"}));
  for (const char* granularity : {"hourly", "daily", "monthly"}) {
    const Json json = Rows(fmt::format("?type=accountUsage&format=json&granularity={}", granularity));
    EXPECT_GT(json.size(), 0U);
    EXPECT_EQ(json[0]["accountId"], "a1");
  }
}

TEST_F(ExportReportTest, AccountsSayWhenTheyWereLastUsed) {
  EXPECT_EQ(Rows("?type=accounts&format=json")[0]["lastUsedAt"],
            api_.GetJson("/api/accounts/a1")["lastUsedAt"]);
  EXPECT_EQ(Rows("?type=accounts&format=json")[0]["lastUsedAt"], FormatRfc3339(today_ * 1000));
  file_.Sql("UPDATE account SET last_used_at = '2026-11-20T12:00:00Z'");
  EXPECT_EQ(Rows("?type=accounts&format=json")[0]["lastUsedAt"], "2026-11-20T12:00:00Z");
}

TEST_F(ExportReportTest, HasWhatTheFiltersOfItsListLeave) {
  EXPECT_EQ(Rows("?type=apikeys&format=json&owner=ann").size(), 1U);
  EXPECT_EQ(Rows("?type=apikeys&format=json&tag=a&tag=b,%20c&search=CMD").size(), 1U);
  EXPECT_EQ(Rows("?type=apikeys&format=json&ids=k2,nobody,").size(), 1U);
  EXPECT_EQ(Rows("?type=apikeys&format=json&ids=k2&owner=ann").size(), 0U);
  EXPECT_EQ(Rows("?type=apikeys&format=json&minRequests=11").size(), 2U);
  EXPECT_EQ(Rows("?type=apikeys&format=json&minRequests=11&usageOf=today").size(), 0U);
  EXPECT_EQ(Rows("?type=accounts&format=json&platform=claude&groupId=g1").size(), 1U);
  EXPECT_EQ(Rows("?type=accounts&format=json&isActive=false").size(), 0U);
  EXPECT_EQ(Sum(Rows("?format=json&ids=k2"), "requests") + Sum(Rows("?format=json&owner=ann"), "requests"),
            Sum(Rows("?format=json"), "requests"));
  EXPECT_EQ(Rows("?type=accountUsage&format=json&ids=nobody").size(), 0U);
  EXPECT_EQ(DetailOf(Get("?type=accounts&owner=ann")).find("owner is no filter of accounts"), 0U);
  EXPECT_EQ(DetailOf(Get("?type=usage&status=active")).find("status is no filter of API keys"), 0U);
}

TEST_F(ExportReportTest, KeysAndAccountsHaveTheSumOfTheDaysThatAreAskedFor) {
  const Json keys = Rows("?type=apikeys&format=json&startDate=2026-10-22&endDate=2026-11-19");
  EXPECT_EQ(keys[0]["spanRequests"], 6);
  EXPECT_EQ(keys[0]["spanCost"], 0.006);
  EXPECT_EQ(keys[1]["spanRequests"], 12);
  EXPECT_EQ(keys[1]["spanTotalTokens"], 180);
  EXPECT_EQ(keys[1]["totalRequests"], 22);
  EXPECT_FALSE(Rows("?type=apikeys&format=json")[0].contains("spanRequests"));
  EXPECT_EQ(Rows("?type=accounts&format=json&startDate=2026-11-20")[0]["spanRequests"], 8);
  EXPECT_EQ(Get("?type=apikeys&startDate=tomorrow").status, 400);
  EXPECT_EQ(Get("?type=apikeys&granularity=daily").status, 400);
}

TEST_F(ExportReportTest, WhatIsNotKeptIsSaid) {
  for (const char* type : {"requests", "activity", "alerts"}) {
    const Response response = Get(std::string("?type=") + type);
    EXPECT_EQ(response.status, 501) << type;
    EXPECT_NE(DetailOf(response).find("this version"), std::string::npos);
  }
  EXPECT_EQ(Get("?type=nonsense").status, 400);
}

TEST_F(ExportReportTest, EverySumIsThatOfTheView) {
  for (const auto& [granularity, view, first] :
       {std::tuple("daily", "api_key_usage_day", today_ - 29 * kDaySeconds),
        std::tuple("hourly", "api_key_usage_hour", today_ - kDaySeconds),
        std::tuple("monthly", "api_key_usage_month", std::int64_t{0})}) {
    const Json rows = Rows(fmt::format("?format=json&granularity={}", granularity));
    const std::string where = fmt::format("bucket >= {}", first);
    EXPECT_EQ(rows.size(), static_cast<std::size_t>(
                               file_.Int(fmt::format("SELECT count(*) FROM {} WHERE {}", view, where))));
    EXPECT_EQ(Sum(rows, "requests"), Sql(view, "requests", where)) << granularity;
    EXPECT_EQ(Sum(rows, "totalTokens"), Sql(view, "total_tokens", where)) << granularity;
    double cost = 0;
    for (const Json& row : rows) cost += row.at("cost").get<double>();
    EXPECT_NEAR(cost * 1e6, static_cast<double>(Sql(view, "cost_micros", where)), 0.5) << granularity;
  }
}

TEST_F(ExportReportTest, EveryGranularityNamesItsBuckets) {
  EXPECT_EQ(Rows("?format=json&granularity=hourly")[0]["time"], "2026-11-18T16:00:00Z");
  EXPECT_EQ(Rows("?format=json")[0]["date"], "2026-10-22");
  const Json months = Rows("?format=json&granularity=monthly&startDate=2026-10-15&endDate=2026-10-16");
  EXPECT_EQ(months[0]["month"], "2026-10");
  EXPECT_EQ(Sum(months, "requests"), 16) << "months are taken whole";
}

TEST_F(ExportReportTest, TheFileIsNamedAfterTypeAndDays) {
  const auto name = [&](const std::string& query) {
    return *Get("?" + query).FindHeader("Content-Disposition");
  };
  EXPECT_EQ(name("type=usage&startDate=2026-11-01&endDate=2026-11-26"),
            "attachment; filename=\"keymeter-usage-2026-11-01-2026-11-26.csv\"");
  EXPECT_EQ(name("type=usage"), "attachment; filename=\"keymeter-usage-2026-10-22-2026-11-20.csv\"");
  EXPECT_EQ(name("type=usage&granularity=hourly"),
            "attachment; filename=\"keymeter-usage-2026-11-19-2026-11-20.csv\"");
  EXPECT_EQ(name("type=usage&granularity=monthly"),
            "attachment; filename=\"keymeter-usage-2025-12-01-2026-11-30.csv\"");
  EXPECT_EQ(name("type=apikeys&format=excel"), "attachment; filename=\"keymeter-apikeys-2026-11-20.xlsx\"");
  EXPECT_EQ(name("type=accounts&format=json"), "attachment; filename=\"keymeter-accounts-2026-11-20.json\"");
}

TEST_F(ExportReportTest, EachFormatHasItsTypeAndLength) {
  for (const auto& [format, type] :
       {std::pair("csv", "text/csv; charset=utf-8; header=present"),
        std::pair("json", "application/json; charset=utf-8"),
        std::pair("excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}) {
    const Response response = Get(fmt::format("?format={}", format));
    EXPECT_EQ(*response.FindHeader("Content-Type"), type);
    ASSERT_TRUE(response.file);
    EXPECT_EQ(response.file->bytes, BodyOf(response).size());
    EXPECT_EQ(*response.FindHeader("X-Total-Count"), "7");
    EXPECT_EQ(response.FindHeader("ETag"), nullptr);
  }
}

TEST_F(ExportReportTest, ExcelHasTheSameCells) {
  const auto csv = Csv("?format=csv");
  const keymeter::testing::TempDir directory;
  keymeter::testing::WriteFile(directory.File("usage.xlsx"), BodyOf(Get("?format=excel")));
  const std::string sheet = Unzipped(directory.File("usage.xlsx"), "xl/worksheets/sheet1.xml");
  EXPECT_EQ(sheet.find("<f"), std::string::npos);
  const auto cells = SheetCells(sheet);
  ASSERT_EQ(cells.size(), csv.size());
  EXPECT_EQ(cells[1][2], "=cmd|' /C calc'!A1") << "text, so it needs no defusing";
  for (std::size_t row = 0; row < csv.size(); ++row)
    for (std::size_t column = 3; column < csv[row].size(); ++column)
      EXPECT_EQ(cells[row].at(column), csv[row][column]) << row << ' ' << column;
}

TEST_F(ExportReportTest, KeysHaveTheirAttributesAndWhatTheyUsed) {
  const Json rows = Rows("?type=apikeys&format=json");
  const Json list = api_.GetJson("/api/apikeys?sort=keyId&order=asc");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["tags"], "a, b, c");
  EXPECT_EQ(rows[0]["userUsername"], "ann");
  EXPECT_EQ(rows[1]["userUsername"], nullptr);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i]["keyId"], list[i]["keyId"]);
    EXPECT_EQ(rows[i]["rpm"], list[i]["rpm"]);
    for (const auto& [prefix, span] :
         {std::pair("today", "today"), std::pair("month", "month"), std::pair("total", "total")}) {
      EXPECT_EQ(rows[i][fmt::format("{}Requests", prefix)], list[i]["usage"][span]["requests"]);
      EXPECT_EQ(rows[i][fmt::format("{}TotalTokens", prefix)], list[i]["usage"][span]["totalTokens"]);
      EXPECT_EQ(rows[i][fmt::format("{}Cost", prefix)].get<double>(),
                list[i]["usage"][span]["cost"].get<double>());
    }
  }
  EXPECT_EQ(Csv("?type=apikeys").size(), 3U);
}

TEST_F(ExportReportTest, AccountsHaveTheirGroupAndWhatTheyUsed) {
  const Json rows = Rows("?type=accounts&format=json");
  const Json list = api_.GetJson("/api/accounts");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0]["accountName"], "account a1");
  EXPECT_EQ(rows[0]["errorMessage"], "boom");
  EXPECT_EQ(rows[0]["groupName"], "group one");
  EXPECT_EQ(rows[0]["totalRequests"], list[0]["usage"]["total"]["requests"]);
  EXPECT_EQ(rows[0]["todayCost"], nullptr) << "nothing has a price";
  EXPECT_EQ(rows[0]["todayUnpricedRequests"], rows[0]["todayRequests"]);
}

TEST_F(ExportReportTest, EveryErrorNamesItsParameter) {
  for (const auto& [query, name] :
       {std::pair("?type=everything", "type"), std::pair("?format=pdf", "format"),
        std::pair("?granularity=minute", "granularity"), std::pair("?startDate=yesterday", "startDate"),
        std::pair("?endDate=2026-11-20", "startDate"),
        std::pair("?startDate=2026-11-20&endDate=2026-11-01", "startDate"),
        std::pair("?type=accounts&granularity=daily", "granularity"), std::pair("?limit=5", "limit")}) {
    const Response response = Get(query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_NE(DetailOf(response).find(name), std::string::npos) << query << ": " << DetailOf(response);
  }
}

TEST_F(ExportReportTest, DaysThatAreNotKeptAreAnErrorAndNotLeftOut) {
  file_.Sql(fmt::format("UPDATE source_state SET days_from = {}, hours_from = {}",
                        BucketOf(Level::kMonth, today_, kOffset), today_ - kDaySeconds));
  EXPECT_NE(DetailOf(Get("?startDate=2026-10-31")).find("granularity=monthly"), std::string::npos);
  EXPECT_NE(DetailOf(Get("?granularity=hourly&startDate=2026-11-18")).find("2026-11-19"), std::string::npos);
  EXPECT_EQ(Get("?startDate=2026-11-01").status, 200);
  EXPECT_EQ(Get("?granularity=monthly&startDate=2026-01-01").status, 200);
  EXPECT_EQ(*Get("").FindHeader("Content-Disposition"),
            "attachment; filename=\"keymeter-usage-2026-11-01-2026-11-20.csv\"")
      << "without a span, what there is";
}

TEST_F(ExportReportTest, AHeadMakesNoFile) {
  const Response response = api_.Send("HEAD", "/api/export/report?type=usage");
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.file);
  EXPECT_TRUE(response.hides_length);
  EXPECT_NE(response.FindHeader("Content-Disposition"), nullptr);
  EXPECT_EQ(api_.Send("HEAD", "/api/export/report?type=x").status, 400);
}

TEST_F(ExportReportTest, AViewerGetsUsageOnly) {
  ExportLimiter limiter;
  ConnectionPool pool(file_.path(), 1);
  ApiContext context{pool, api_.clock, nullptr, &limiter};
  const auto status = [&](const std::string& query) {
    const Request request{"GET", "/api/export/report", query, {}};
    const Call call{request, *Params::Parse(query, ExportParams()), "", {.role = Role::kViewer}};
    return ExportReport(context, call)->status;
  };
  EXPECT_EQ(status("type=usage"), 200);
  EXPECT_EQ(status("type=accountUsage"), 200);
  EXPECT_EQ(status("type=apikeys"), 403);
  EXPECT_EQ(status("type=accounts"), 403);
}

TEST_F(ExportReportTest, TooManyAtOnceAreAskedToComeAgain) {
  std::vector<Response> taken;
  taken.reserve(4);
  for (int i = 0; i < 4; ++i) taken.push_back(Encoded({}, Get("")));
  for (const Response& response : taken) EXPECT_EQ(response.status, 200);
  const Response refused = Get("");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(*refused.FindHeader("Retry-After"), "5");
  taken.pop_back();
  EXPECT_EQ(Get("").status, 200);
}

TEST_F(ExportReportTest, ACodedOneIsTheSameAndHoldsItsPlaceUntilItIsGone) {
  const Request request{"GET", "/api/export/report", "", {{"Accept-Encoding", "gzip"}}};
  const std::string plain = BodyOf(Get(""));
  std::vector<Response> coded;
  coded.reserve(4);
  for (int i = 0; i < 4; ++i) coded.push_back(Encoded(request, Get("")));
  ASSERT_NE(coded.front().FindHeader("Content-Encoding"), nullptr);
  EXPECT_EQ(Gunzip(BodyOf(coded.front())), plain);
  EXPECT_EQ(Get("").status, 503);
  coded.clear();
  EXPECT_EQ(Get("").status, 200);
}

TEST_F(ExportReportTest, PlainAndCodedTakeNoMoreRoomThanOneMay) {
  ConnectionPool pool(file_.path(), 1);
  std::list<ExportLimiter> limiters;  // each outlives its responses
  const auto make = [&](std::uint64_t most_bytes) {
    ExportLimiter& limiter = limiters.emplace_back(ExportLimiterOptions{.most_bytes = most_bytes});
    ApiContext context{pool, api_.clock, nullptr, &limiter};
    const Request request{"GET", "/api/export/report", "", {{"Accept-Encoding", "gzip"}}};
    auto response = ExportReport(context, {request, *Params::Parse("", ExportParams()), ""});
    return response ? Encoded(request, std::move(*response)) : Response{};
  };
  const std::uint64_t bytes = Get("").file->bytes;
  const Response plain = make(bytes + 10);
  EXPECT_EQ(plain.FindHeader("Content-Encoding"), nullptr);
  EXPECT_EQ(BodyOf(plain).size(), bytes);
  EXPECT_NE(make(bytes * 2).FindHeader("Content-Encoding"), nullptr);
}

TEST_F(ExportReportTest, ExcelIsCodedAlready) {
  const Request request{"GET", "/api/export/report", "", {{"Accept-Encoding", "gzip"}}};
  const Response response = Encoded(request, Get("?format=excel"));
  EXPECT_EQ(response.FindHeader("Content-Encoding"), nullptr);
  EXPECT_TRUE(BodyOf(response).starts_with("PK"));
}

TEST_F(ExportReportTest, TwoAreMadeAtOnce) {
  const auto first = api_.exports().Take("first client");
  const auto second = api_.exports().Take("second client");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(Get("").status, 503);
  second->FinishMaking();
  EXPECT_EQ(Get("").status, 200);
}

TEST_F(ExportReportTest, OneIsBeingMadeUntilItIsCompressedOrIsNotToBe) {
  const Request gzip{"GET", "/api/export/report", "", {{"Accept-Encoding", "gzip"}}};
  Response first = Get("");
  Response second = Get("");
  ASSERT_EQ(second.status, 200);
  EXPECT_EQ(Get("").status, 503);
  first = Encoded(gzip, std::move(first));
  EXPECT_EQ(Get("").status, 200);
  second = Encoded({}, std::move(second));
  EXPECT_EQ(Get("?format=excel").status, 200) << "both places are free";
}

TEST_F(ExportReportTest, ASlowClientHoldsNoTransaction) {
  const Response response = Get("");
  const std::int64_t busy = file_.Int("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_EQ(busy, 0);
  ASSERT_TRUE(response.file);
  EXPECT_EQ(response.file->bytes, BodyOf(response).size());
}

TEST_F(ExportReportTest, AServerThatStopsEndsIt) {
  api_.exports().Stop();
  for (const char* query : {"", "?type=apikeys", "?type=accounts"})
    EXPECT_EQ(Get(query).status, 503) << query;
}

TEST_F(ExportReportTest, AFullDiskIsUnavailableAndNotHalfAFile) {
  ConnectionPool pool(file_.path(), 1);
  for (const ExportLimiterOptions& options :
       {ExportLimiterOptions{.most_bytes = 100}, ExportLimiterOptions{.directory = "/nonexistent"}}) {
    ExportLimiter limiter(options);
    ApiContext context{pool, api_.clock, nullptr, &limiter};
    for (const std::string format : {"csv", "json", "excel"}) {
      const std::string query = "format=" + format;
      const Request request{"GET", "/api/export/report", query, {}};
      const auto response = ExportReport(context, {request, *Params::Parse(query, ExportParams()), ""});
      ASSERT_FALSE(response) << format;
      EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
      EXPECT_EQ(response.error().message.find('/'), std::string::npos) << response.error().message;
    }
  }
}

}  // namespace
}  // namespace keymeter::query_api
