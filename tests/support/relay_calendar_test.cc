#include <gtest/gtest.h>

#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

TEST(Calendar, NamesPeriodsInTheRelaysOffset) {
  const std::int64_t at_ms = ParseTime("2026-11-20T12:19:21.414Z").value();
  const Periods relay = PeriodsAt(at_ms, 8 * 3600LL);
  EXPECT_EQ(relay.hour, "2026-11-20:20");
  EXPECT_EQ(relay.month, "2026-11");
  EXPECT_EQ(relay.week, "2026-11-16T00");
  EXPECT_EQ(relay.epoch_minute, "29919619");
  EXPECT_EQ(relay.hour_start, 1795176000);
}

TEST(Calendar, CrossesTheYearWhereTheOffsetDoes) {
  const std::int64_t at_ms = ParseTime("2026-12-31T16:00:00Z").value();
  EXPECT_EQ(PeriodsAt(at_ms, 8 * 3600LL).hour, "2027-01-01:00");
  EXPECT_EQ(PeriodsAt(at_ms, -3 * 3600LL).hour, "2026-12-31:13");
  EXPECT_EQ(PeriodsAt(at_ms, 8 * 3600LL).week, "2026-12-28T00");
}

TEST(Calendar, WritesAndReadsTimes) {
  const std::int64_t at_ms = ParseTime("2028-02-29T23:59:59.007+08:00").value();
  EXPECT_EQ(IsoTime(at_ms), "2028-02-29T15:59:59.007Z");
  EXPECT_EQ(ParseTime("2026-11-20T12:19:21.4Z").value() % 1000, 400);
  for (const char* wrong : {"", "2026-11-20", "2026-02-30T00:00:00Z", "2026-11-20T12:19:21",
                            "2026-11-20T25:00:00Z", "2026-11-20T12:19:21Zx", "2026-11-20T12:19:21.Z"}) {
    EXPECT_FALSE(ParseTime(wrong).has_value()) << wrong;
  }
}

TEST(Calendar, ReadsWholeHoursAsOffset) {
  EXPECT_EQ(ParseOffset("+08:00").value(), 28800);
  EXPECT_EQ(ParseOffset("-03:00").value(), -10800);
  EXPECT_EQ(ParseOffset("8").value(), 28800);
  for (const char* wrong : {"", "+05:30", "15", "-13", "east", "+", "--3"}) {
    EXPECT_FALSE(ParseOffset(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace keymeter::relay_load
