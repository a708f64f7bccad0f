// What the API answers of a time whose minutes, hours or days are not kept any more.

#include <cmath>

#include <gtest/gtest.h>

#include "schema/horizons.h"
#include "tests/support/usage_file.h"

namespace keymeter::query_api {
namespace {

constexpr std::int64_t kToday = kHourNow - 20 * kHourSeconds;   // 2026-11-20 at +08:00
constexpr std::int64_t kMonth = kToday - 19 * kDaySeconds;      // 2026-11-01
constexpr std::int64_t kLastMonth = kMonth - 31 * kDaySeconds;  // 2026-10-01

/// Two keys and an account that were used for 60 days, in some hours without a minute, on some days without
/// an hour.
class KeptLevels : public ::testing::Test {
 protected:
  KeptLevels() {
    file_.Key("k1", "", "user_id = 'ann'").Key("k2").Account("a1").Sql("BEGIN");
    for (const char* id : {"k1", "k2", "a1"}) {
      const std::string kind = id[0] == 'a' ? "account" : "api_key";
      const Used used{.kind = kind, .entity = id, .requests = id[1] == '1' ? 3 : 7};
      for (std::int64_t i = 1; i < 160; ++i) file_.Minute(kMinuteNow - i * 533 * kMinuteSeconds, used);
      for (std::int64_t i = 1; i < 20; ++i) {
        file_.Untimed(Level::kHour, kHourNow - i * 71 * kHourSeconds, used);
        file_.Untimed(Level::kDay, kToday - i * 3 * kDaySeconds, used);
      }
    }
    file_.Sql(
        "COMMIT; INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, "
        "cache_read) "
        "VALUES ('sonnet', 0, 0.001, 0.002, 0, 0, 0)");
  }

  void Retain(const Horizons& horizons) {
    file_.Sql(
        fmt::format("UPDATE source_state SET minutes_from = {0}, hours_from = {1}, days_from = {2};"
                    "DELETE FROM usage_minute WHERE bucket < {0}; DELETE FROM usage_hour WHERE bucket < {1};"
                    "DELETE FROM usage_untimed WHERE level = 'hour' AND bucket < {1};"
                    "DELETE FROM coverage WHERE bucket < {1}; DELETE FROM usage_day WHERE bucket < {2};"
                    "DELETE FROM usage_untimed WHERE level = 'day' AND bucket < {2}",
                    horizons.minutes, horizons.hours, horizons.days));
  }
  [[nodiscard]] std::int64_t Stored(const std::string& level, std::int64_t from, std::int64_t to) {
    return file_.Int(fmt::format(
        "SELECT sum(requests) FROM api_key_usage_{} WHERE bucket >= {} AND bucket < {}", level, from, to));
  }

  UsageFile file_;
  ApiUnderTest api_{file_.path()};
};

TEST_F(KeptLevels, SumsAreTheSameBeforeAndAfter) {
  std::vector<std::string> targets;
  for (const char* more : {"", "&keyId=k1", "&accountId=a1", "&model=sonnet"})
    for (const auto& [slot, days] : {std::pair(300, 30), std::pair(900, 30), std::pair(3600, 50),
                                     std::pair(21'600, 50), std::pair(86'400, 50)})
      targets.push_back(Target(kMonth - (days / 50) * (31 * kDaySeconds), kNow, slot, more));
  targets.emplace_back("/api/stats/series?unit=month");
  const auto answers = [&] {
    std::vector<std::pair<std::int64_t, double>> sums;
    for (const std::string& target : targets) {
      const Json rows = api_.GetJson(target);
      double cost = 0;
      for (const Json& row : rows) cost += row["cost"].get<double>();
      sums.emplace_back(Sum(rows), std::round(cost * 1e4) / 1e4);
    }
    return sums;
  };
  const auto before = answers();
  Retain({.minutes = kHourNow - 14 * kDaySeconds, .hours = 0, .days = 0});
  EXPECT_EQ(answers(), before);
  Retain({.minutes = kHourNow - 5 * kDaySeconds, .hours = kToday - 12 * kDaySeconds, .days = 0});
  EXPECT_EQ(answers(), before);
  Retain({.minutes = kHourNow - kDaySeconds, .hours = kToday - 9 * kDaySeconds, .days = kMonth});
  EXPECT_EQ(answers(), before);
}

TEST_F(KeptLevels, SlotsOfMinutesThatAreGoneAreEstimatedAndOthersAreNot) {
  const std::int64_t horizon = kHourNow - 14 * kDaySeconds;
  Retain({.minutes = horizon, .hours = 0, .days = 0});
  file_.Minute(horizon + 300, {.entity = "k1"})
      .Untimed(Level::kHour, horizon - 3600, {.entity = "k1", .requests = 60});
  const Json rows = api_.GetJson(Target(horizon - 3600, horizon + 3600, 300));
  ASSERT_EQ(rows.size(), 24U);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(rows[i]["estimated"], true) << i;
  EXPECT_EQ(rows[13]["estimated"], false);
  EXPECT_EQ(rows[13]["reqs"], 1);
  for (const Json& row : api_.GetJson(Target(horizon - 3600, horizon + 3600, 3600)))
    EXPECT_EQ(row["estimated"], false);
}

TEST_F(KeptLevels, ASpanThatBeginsOrEndsInsideAnHourWithoutMinutesTakesInAllOfIt) {
  const std::int64_t horizon = kHourNow - 7200;
  Retain({.minutes = horizon, .hours = 0, .days = 0});
  const Response response = api_.Get(Target(horizon - 5000, horizon - 1900, 300));
  EXPECT_EQ(*response.FindHeader("X-Start-Ms"), fmt::format("{}", (horizon - 7200) * 1000));
  EXPECT_EQ(*response.FindHeader("X-End-Ms"), fmt::format("{}", horizon * 1000));
  EXPECT_EQ(Sum(Json::parse(response.body)), Stored("hour", horizon - 7200, horizon));
  const Response beyond = api_.Get(Target(horizon - 5000, horizon + 600, 300));
  EXPECT_EQ(*beyond.FindHeader("X-End-Ms"), fmt::format("{}", (horizon + 600) * 1000));
}

TEST_F(KeptLevels, ASpanThatBeginsInsideADayWithoutHoursTakesInAllOfIt) {
  const std::int64_t horizon = kToday - 9 * kDaySeconds;
  Retain({.minutes = kHourNow - kDaySeconds, .hours = horizon, .days = 0});
  for (const std::int64_t slot : {300, 3600}) {
    const Response response = api_.Get(Target(horizon - kDaySeconds - 50'000, horizon - 100'000, slot));
    EXPECT_EQ(*response.FindHeader("X-Start-Ms"), fmt::format("{}", (horizon - 2 * kDaySeconds) * 1000));
    EXPECT_EQ(*response.FindHeader("X-End-Ms"), fmt::format("{}", (horizon - kDaySeconds) * 1000));
    EXPECT_EQ(Sum(Json::parse(response.body)),
              Stored("day", horizon - 2 * kDaySeconds, horizon - kDaySeconds));
  }
}

TEST_F(KeptLevels, SlotsThatCannotHoldAWholeMonthAreRefusedWithTheReason) {
  Retain({.minutes = kHourNow - kDaySeconds, .hours = kToday - 9 * kDaySeconds, .days = kMonth});
  const Response response = api_.Get(Target(kMonth - 7200, kMonth - 3600, 60));
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(DetailOf(response).find("only months are kept"), std::string::npos) << DetailOf(response);
  EXPECT_EQ(Sum(api_.GetJson(Target(kMonth - 7200, kMonth - 3600, 86'400))),
            Stored("month", kLastMonth, kMonth));
}

TEST_F(KeptLevels, AnHourIsLaidEvenlyOverItsMinutesWhoeverLooked) {
  const std::int64_t hour = kHourNow - 7200;
  for (std::int64_t i = 0; i < 45; ++i) file_.Covered(hour + i * 60);
  Retain({.minutes = kHourNow, .hours = 0, .days = 0});
  file_.Key("k9").Untimed(Level::kHour, hour, {.entity = "k9", .requests = 60});
  for (const Json& row : api_.GetJson(Target(hour, hour + 3600, 60, "&keyId=k9"))) EXPECT_EQ(row["reqs"], 1);
}

TEST_F(KeptLevels, ManySeriesAreAsExact) {
  file_.Sql("BEGIN");
  for (int i = 0; i < 300; ++i)
    file_.Minute(kMinuteNow - 3 * kDaySeconds, {.entity = fmt::format("many{}", i), .requests = 2});
  file_.Sql("COMMIT");
  Retain({.minutes = kHourNow - kDaySeconds, .hours = kToday - kDaySeconds, .days = 0});
  const std::int64_t start = kToday - 5 * kDaySeconds;
  EXPECT_EQ(Sum(api_.GetJson(Target(start, kNow, 300))), Stored("day", start, kToday + kDaySeconds));
  EXPECT_EQ(Sum(api_.GetJson(Target(start, kNow, 3600))), Stored("day", start, kToday + kDaySeconds));
}

TEST_F(KeptLevels, AnAccountsCostTakesInMonthsWithoutDaysWhole) {
  const auto cost = [&](const std::string& query) { return api_.GetJson("/api/accounts/a1/cost" + query); };
  const Json before = cost("?startDate=2026-10-01&endDate=2026-11-20");
  Retain({.minutes = kHourNow - kDaySeconds, .hours = kToday - 9 * kDaySeconds, .days = kMonth});
  EXPECT_EQ(cost("?startDate=2026-10-01&endDate=2026-11-20"), before);
  EXPECT_EQ(cost("?startDate=2026-10-17&endDate=2026-11-20"), before) << "the answer says from when on";
  EXPECT_EQ(before["from"], "2026-09-30T16:00:00Z");
  EXPECT_EQ(cost("?date=2026-10-17"), cost("?startDate=2026-10-01&endDate=2026-10-31"));
}

}  // namespace
}  // namespace keymeter::query_api
