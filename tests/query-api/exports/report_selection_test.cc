#include "query-api/exports/report_selection.h"

#include <gtest/gtest.h>

#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

TEST(ReportSelections, ReadNothingForWhatIsNotMade) {
  UsageFile file;
  file.Key("k1").Minute(kHourNow, {.entity = "k1"});
  ApiUnderTest api(file.path());
  const std::string target = "/api/export/report?type=apikeys&startDate=2026-11-01&minRequests=1&ids=k1";
  EXPECT_EQ(api.Send("HEAD", target).status, 200);
  EXPECT_EQ(api.Send("HEAD", target + "&usageOf=life").status, 400);
  EXPECT_EQ(api.Send("HEAD", target + "&endDate=2026-10-01").status, 400);
  {
    const auto first = api.exports().Take("first client");
    const auto second = api.exports().Take("second client");
    EXPECT_EQ(api.Get(target).status, 503);
  }
  EXPECT_EQ(api.caches().blocks.bytes(), 0U);
  EXPECT_EQ(api.Get(target).status, 200);
  EXPECT_GT(api.caches().blocks.bytes(), 0U);
}

}  // namespace
}  // namespace keymeter::query_api
