#include "query-api/endpoints/csv_answer.h"

#include <gtest/gtest.h>

#include "tests/support/report_reading.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

std::string Cell(std::string_view text) {
  std::string out;
  AppendCsvText(out, text);
  return out;
}

TEST(CsvText, DefusesWhatASpreadsheetWouldRun) {
  for (const char* begin : {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"})
    EXPECT_EQ(Cell(std::string(begin) + "1+1"), "\"'" + std::string(begin) + "1+1\"") << begin;
  for (const char* plain : {"a=1", "1-1", "键", "", "’=1"}) EXPECT_EQ(Cell(plain), plain);
}

TEST(CsvText, QuotesAndRepairs) {
  EXPECT_EQ(Cell("a,b"), "\"a,b\"");
  EXPECT_EQ(Cell("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(Cell("\xff=1"), "\xEF\xBF\xBD=1");
}

TEST(CsvResponse, NamesMembersOfMembersByBoth) {
  const Json rows = {{{"model", "=x"}, {"cost", {{"input", 1.5}, {"total", nullptr}}}, {"priced", true}}};
  const Response response = CsvResponse({"model", "cost.input", "cost.total", "priced"}, rows, "cost");
  EXPECT_EQ(response.body, "model,cost.input,cost.total,priced\r\n\"'=x\",1.5,,true\r\n");
  EXPECT_EQ(*response.FindHeader("Content-Disposition"), "attachment; filename=\"keymeter-cost.csv\"");
}

TEST(CsvResponse, FindsEachCellByItsName) {
  const Json rows = {
      {{"b", 1}, {"a", "x"}}, {{"a", "y"}, {"c", {{"d", true}}}, {"other", 2}}, {{"c", Json::object()}}};
  const std::vector<std::string_view> columns = {"a", "b", "c.d"};
  EXPECT_EQ(CsvResponse(columns, rows, "x").body, "a,b,c.d\r\nx,1,\r\ny,,true\r\n,,\r\n");
  EXPECT_EQ(CsvResponse(columns, Json::array(), "x").body, "a,b,c.d\r\n");
  EXPECT_EQ(CsvResponse(columns, Json::array(), "x").made_bytes, 9U) << "its memory is to be given back";
}

class StatsAsCsv : public ::testing::Test {
 protected:
  StatsAsCsv() {
    file_.Key("k1", "one, \"two\"").Account("a1").Minute(kMinuteNow, {.entity = "k1", .requests = 3});
    file_.Minute(kMinuteNow, {.kind = "account", .entity = "a1", .requests = 3});
  }
  std::string Body(const std::string& target) {
    const Response response = api_.Get(target);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(*response.FindHeader("Content-Type"), "text/csv; charset=utf-8; header=present");
    return response.body;
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(StatsAsCsv, HasTheRowsOfTheAnswer) {
  const std::string series = Body(Target(kMinuteNow, kMinuteNow + 60, 60, "&format=csv&by=apikey"));
  EXPECT_EQ(
      series.substr(0, series.find('\r')),
      "bucket,id,name,reqs,tokens,inputTokens,outputTokens,cacheCreateTokens,cacheReadTokens,cost,users,"
      "tokens_cnt,estimated,coverage,unpricedRequests");
  EXPECT_NE(
      series.find("2026-11-20T12:34:00Z,k1,\"one, \"\"two\"\"\",3,45,30,15,0,0,0.003,1,1,false,0.0,0\r\n"),
      std::string::npos)
      << series;
  EXPECT_NE(Body("/api/stats/top?format=csv").find("k1,\"one, \"\"two\"\"\",3,45,0.003"), std::string::npos);
  EXPECT_NE(Body("/api/stats/heatmap?format=csv").find("Friday,20,3,false\r\n"), std::string::npos);
  EXPECT_EQ(Body("/api/accounts/a1/cost?format=csv").substr(0, 15), "model,requests,");
}

TEST_F(StatsAsCsv, EveryLineHasTheCellsOfTheLineOfNamesWhateverHasNoPrice) {
  file_.Account("a2")
      .Minute(kMinuteNow, {.kind = "account", .entity = "a2", .model = "dear", .requests = 9})
      .Minute(kMinuteNow, {.kind = "account", .entity = "a1", .model = "dear", .requests = 1})
      .Sql(
          "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
          "VALUES ('dear', 0, 0.001, 0.002, 0, 0, 0)");
  for (const char* target :
       {"/api/stats/top?by=account", "/api/stats/top?by=account&limit=1", "/api/stats/top?by=platform",
        "/api/stats/series?by=account", "/api/stats/series?accountId=a1", "/api/stats/series?by=model",
        "/api/stats/heatmap?accountId=a1&metric=cost", "/api/accounts/a1/cost?date=2026-11-20",
        "/api/stats/top?by=model"}) {
    const std::string body = Body(std::string(target) + "&format=csv");
    const auto rows = ParseCsv(body);
    ASSERT_GT(rows.size(), 1U) << target;
    for (const CsvRow& row : rows) EXPECT_EQ(row.size(), rows[0].size()) << target << "\n" << body;
  }
  const auto top = ParseCsv(Body("/api/stats/top?by=account&format=csv"));
  EXPECT_EQ(top[0], (CsvRow{"id", "name", "reqs", "tokens", "cost", "quota_sum", "share", "rank", "estimated",
                            "unpricedRequests", "channel_id", "channel_name"}));
  EXPECT_EQ(top[1], (CsvRow{"a2", "account a2", "9", "135", "0.18", "0.18", "0.692308", "1", "false", "0",
                            "a2", "account a2"}));
  EXPECT_EQ(top[2], (CsvRow{"a1", "account a1", "4", "60", "0.02", "0.02", "0.307692", "2", "false", "3",
                            "a1", "account a1"}));
}

TEST_F(StatsAsCsv, WithoutRowsThereIsTheLineOfNames) {
  const std::string nothing = "start_ms=0&end_ms=60000&format=csv";
  for (const std::string& target :
       {"/api/stats/top?by=owner&" + nothing, "/api/stats/series?by=model&" + nothing,
        std::string("/api/accounts/a1/cost?date=2020-01-01&format=csv")})
    EXPECT_EQ(ParseCsv(Body(target)).size(), 1U) << target;
}

TEST_F(StatsAsCsv, TheOlderPathLeadsThere) {
  const Response response = api_.Get("/api/export/csv?type=top&by=model&model=a%20%26b");
  EXPECT_EQ(response.status, 308);
  EXPECT_EQ(*response.FindHeader("Location"), "/api/stats/top?by=model&model=a%20%26b&format=csv");
  EXPECT_EQ(*api_.Get("/api/export/csv").FindHeader("Location"), "/api/stats/series?format=csv");
  EXPECT_EQ(api_.Get("/api/export/csv?type=users").status, 400);
}

}  // namespace
}  // namespace keymeter::query_api
