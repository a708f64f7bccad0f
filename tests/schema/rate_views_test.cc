// Rates, and sums of today and of this month: views that look at the clock.

#include "tests/schema/views_fixture.h"

namespace keymeter {

namespace {

// `now` is taken in the same statement as the rates, so it is the same moment for both.

/// The part of a bucket that lies in the `minutes` before now.
double Weight(std::int64_t bucket, std::int64_t now, std::int64_t minutes) {
  const std::int64_t newest = now / 60 * 60;
  if (bucket > newest || bucket < newest - minutes * 60) return 0;
  return bucket == newest - minutes * 60 ? 1 - static_cast<double>(now % 60) / 60 : 1;
}

TEST_F(ViewsTest, WeighTheOldestMinuteByThePartThatIsStillInside) {
  const std::int64_t newest = std::stoll(rows_.Value("SELECT unixepoch('now') / 60 * 60"));
  std::vector<std::pair<std::int64_t, std::int64_t>> minutes;  // bucket, requests
  for (std::int64_t age : {-1, 0, 1, 2, 9, 10, 11, 12}) {
    minutes.emplace_back(newest - age * 60, 60 << (age + 1));
    Put("minute", minutes.back().first, minutes.back().second);
    Put("minute", minutes.back().first, minutes.back().second, 2);
  }
  for (const char* view : {"api_keys", "accounts"}) {
    const Row row =
        Only(fmt::format("SELECT rpm, tpm, rpm_10m, requests_10m, unixepoch('now') AS now FROM {}", view));
    const std::int64_t now = std::stoll(row.at("now"));
    double in_1m = 0;
    double in_10m = 0;
    for (const auto& [bucket, requests] : minutes) {
      in_1m += static_cast<double>(requests) * Weight(bucket, now, 1);
      in_10m += static_cast<double>(requests) * Weight(bucket, now, 10);
    }
    const auto is = [&](const char* column) { return std::stod(row.at(column)); };
    EXPECT_NEAR(is("rpm"), in_1m, 1e-6) << view;
    EXPECT_NEAR(is("tpm"), in_1m * 100, 1e-4) << view;
    EXPECT_NEAR(is("requests_10m"), in_10m, 1e-6) << view;
    EXPECT_NEAR(is("rpm_10m"), in_10m / 10, 1e-6) << view;
  }
}

TEST_F(ViewsTest, ShowNoRateWhenTrafficHasStopped) {
  Put("minute", std::stoll(rows_.Value("SELECT unixepoch('now') / 60 * 60 - 660")), 60);
  EXPECT_EQ(Only("SELECT rpm, tpm, rpm_10m, requests_10m FROM api_keys"),
            (Row{{"rpm", "0.0"}, {"tpm", "0.0"}, {"rpm_10m", "0.0"}, {"requests_10m", "0.0"}}));
}

TEST_F(ViewsTest, SumTodayThisMonthAndInTotal) {
  SetOffset(kPlus8);
  const Row clock = Only("SELECT today, this_month FROM source_clock");
  const std::int64_t today = std::stoll(clock.at("today"));
  const std::int64_t month = std::stoll(clock.at("this_month"));
  Put("day", today, 1);
  Put("day", today - kDaySeconds, 2);
  Put("month", month, 10);
  Put("month", BucketOf(Level::kMonth, month - 1, kPlus8), 100);
  SetRolledUntil(today + 40 * kDaySeconds);
  const Row row = Only(
      "SELECT today_requests, month_requests, total_requests, today_total_tokens, total_cost_usd, "
      "(SELECT today FROM source_clock) AS today, (SELECT this_month FROM source_clock) AS month FROM "
      "api_keys");
  const bool is_same_day = row.at("today") == clock.at("today");  // else midnight came between the two
  const bool is_same_month = row.at("month") == clock.at("this_month");
  EXPECT_EQ(row.at("today_requests"), is_same_day ? "1" : "0");
  EXPECT_EQ(row.at("today_total_tokens"), is_same_day ? "100" : "0");
  EXPECT_EQ(row.at("month_requests"), is_same_month ? "10" : "0");
  EXPECT_EQ(row.at("total_requests"), "110");
  EXPECT_EQ(row.at("total_cost_usd"), "0.11");
}

TEST_F(ViewsTest, AgreeWithTheBucketsOfTheProgram) {
  for (std::int64_t offset : {std::int64_t{0}, kPlus8, -12 * kHourSeconds, 14 * kHourSeconds}) {
    SetOffset(offset);
    const Row clock = Only("SELECT * FROM source_clock");
    const std::int64_t now = std::stoll(clock.at("now"));
    EXPECT_EQ(std::stoll(clock.at("today")), BucketOf(Level::kDay, now, offset)) << offset;
    EXPECT_EQ(std::stoll(clock.at("this_month")), BucketOf(Level::kMonth, now, offset)) << offset;
    EXPECT_EQ(clock.at("utc_offset"), FormatUtcOffset(offset));
  }
}

}  // namespace

}  // namespace keymeter
