#include "query-api/endpoints/day_range.h"

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

Result<DayRange> RangeOf(const std::string& query) {
  return DayRange::Of(Params::Parse(query, {"date", "startDate", "endDate"}).value(), kNowMs, kOffset);
}

TEST(DayRange, IsOfWholeDaysOfTheSource) {
  const struct {
    std::string query;
    std::string from;
    std::string to;
  } cases[] = {
      {"", "2026-11-19T16:00:00Z", "2026-11-20T16:00:00Z"},
      {"date=2026-11-01", "2026-10-31T16:00:00Z", "2026-11-01T16:00:00Z"},
      {"startDate=2026-11-01&endDate=2026-11-02", "2026-10-31T16:00:00Z", "2026-11-02T16:00:00Z"},
      {"startDate=2026-11-20", "2026-11-19T16:00:00Z", "2026-11-20T16:00:00Z"},
      {"startDate=2026-11-01T15:59:59Z&endDate=2026-11-02T16:00:01Z", "2026-10-31T16:00:00Z",
       "2026-11-03T16:00:00Z"},
      {"startDate=2026-11-01T16:00:00Z&endDate=2026-11-02T16:00:00Z", "2026-11-01T16:00:00Z",
       "2026-11-02T16:00:00Z"},
      {"startDate=2026-11-02T00:00:00%2B08:00&endDate=2026-11-02", "2026-11-01T16:00:00Z",
       "2026-11-02T16:00:00Z"},
      {"startDate=1969-12-31&endDate=1970-01-01T00:00:00Z", "1969-12-30T16:00:00Z", "1970-01-01T16:00:00Z"},
  };
  for (const auto& c : cases) {
    const auto range = RangeOf(c.query);
    ASSERT_TRUE(range) << c.query << ": " << range.error().message;
    EXPECT_EQ(FormatRfc3339(range->from * 1000), c.from) << c.query;
    EXPECT_EQ(FormatRfc3339(range->to * 1000), c.to) << c.query;
  }
}

TEST(DayRange, RefusesWhatIsNoRangeAndNamesTheParameter) {
  const std::pair<std::string, std::string> cases[] = {
      {"date=today", "date takes a day"},
      {"date=2026-11-20T00:00:00Z", "date takes a day"},
      {"date=2026-02-30", "date takes a day"},
      {"date=2026-11-20&startDate=2026-11-20", "date excludes"},
      {"startDate=x", "startDate takes"},
      {"startDate=2026-11-20&endDate=x", "endDate takes"},
      {"endDate=2026-11-20", "endDate needs startDate"},
      {"startDate=2026-11-20&endDate=2026-11-19", "startDate must be before endDate"},
      {"startDate=2026-11-21", "startDate must be before endDate, and not after today"},
      {"startDate=2000-01-01", "startDate and endDate span at most 3660 days"},
  };
  for (const auto& [query, says] : cases) {
    const auto range = RangeOf(query);
    ASSERT_FALSE(range) << query;
    EXPECT_EQ(range.error().code, ErrorCode::kInvalid);
    EXPECT_NE(range.error().message.find(says), std::string::npos) << range.error().message;
  }
}

}  // namespace
}  // namespace keymeter::query_api
