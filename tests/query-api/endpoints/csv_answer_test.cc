#include "query-api/endpoints/csv_answer.h"

#include <gtest/gtest.h>

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
  const Response response = CsvResponse(rows, "cost");
  EXPECT_EQ(response.body, "model,cost.input,cost.total,priced\r\n\"'=x\",1.5,,true\r\n");
  EXPECT_EQ(*response.FindHeader("Content-Disposition"), "attachment; filename=\"keymeter-cost.csv\"");
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
      "tokens_cnt,estimated,coverage");
  EXPECT_NE(
      series.find("2026-11-20T12:34:00Z,k1,\"one, \"\"two\"\"\",3,45,30,15,0,0,0.003,1,1,false,0.0\r\n"),
      std::string::npos)
      << series;
  EXPECT_NE(Body("/api/stats/top?format=csv").find("k1,\"one, \"\"two\"\"\",3,45,0.003"), std::string::npos);
  EXPECT_NE(Body("/api/stats/heatmap?format=csv").find("Friday,20,3,false\r\n"), std::string::npos);
  EXPECT_EQ(Body("/api/accounts/a1/cost?format=csv").substr(0, 15), "model,requests,");
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
