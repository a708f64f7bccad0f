/// views.sql: the lists of keys, accounts and groups.

#include <string>
#include <utility>
#include <vector>

#include "tests/schema/views_fixture.h"

namespace keymeter::testing {

namespace {

class EntityViewsTest : public ViewsTest {};

// -- Rates. `now` is taken in the same statement as the rates, so it is the same moment for both.

/// The part of a bucket that lies in the `minutes` before now.
double Weight(std::int64_t bucket, std::int64_t now, std::int64_t minutes) {
  const std::int64_t newest = now / 60 * 60;
  if (bucket > newest || bucket < newest - minutes * 60) return 0;
  return bucket == newest - minutes * 60 ? 1 - static_cast<double>(now % 60) / 60 : 1;
}

TEST_F(EntityViewsTest, WeighTheOldestMinuteByThePartThatIsStillInside) {
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

TEST_F(EntityViewsTest, ShowNoRateWhenTrafficHasStopped) {
  Put("minute", std::stoll(rows_.Value("SELECT unixepoch('now') / 60 * 60 - 660")), 60);
  EXPECT_EQ(Only("SELECT rpm, tpm, rpm_10m, requests_10m FROM api_keys"),
            (Row{{"rpm", "0.0"}, {"tpm", "0.0"}, {"rpm_10m", "0.0"}, {"requests_10m", "0.0"}}));
}

TEST_F(EntityViewsTest, SumTodayThisMonthAndInTotal) {
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

TEST_F(EntityViewsTest, AgreeWithTheBucketsOfTheProgram) {
  for (std::int64_t offset : {std::int64_t{0}, kPlus8, -12 * kHourSeconds, 14 * kHourSeconds}) {
    SetOffset(offset);
    const Row clock = Only("SELECT * FROM source_clock");
    const std::int64_t now = std::stoll(clock.at("now"));
    EXPECT_EQ(std::stoll(clock.at("today")), BucketOf(Level::kDay, now, offset)) << offset;
    EXPECT_EQ(std::stoll(clock.at("this_month")), BucketOf(Level::kMonth, now, offset)) << offset;
    EXPECT_EQ(clock.at("utc_offset"), FormatUtcOffset(offset));
  }
}

TEST_F(EntityViewsTest, KeepAKeyWhoseHashIsGoneAsDeleted) {
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM api_keys"),
            (Row{{"is_active", "1"}, {"is_deleted", "0"}}));
  Run("UPDATE api_key SET gone = 1");
  Run("UPDATE account SET gone = 1");
  const Row gone = {{"is_active", "0"}, {"is_deleted", "1"}};
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM api_keys WHERE api_key = 'k'"), gone);
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM accounts WHERE account = 'a'"), gone);
}

TEST_F(EntityViewsTest, ShowTheGroupOfAKeyAndTheMembersOfAGroup) {
  Run("INSERT INTO account_group (id, name) VALUES ('g', 'Team α'), ('h', 'Gone')");
  Run("UPDATE account_group SET gone = 1 WHERE id = 'h'");
  Run("INSERT INTO group_member VALUES ('g', 'a'), ('g', 'unknown')");
  Run("UPDATE api_key SET group_id = 'g'");
  EXPECT_EQ(Only("SELECT group_name FROM api_keys").at("group_name"), "Team α");
  EXPECT_EQ(Only("SELECT account_group, member_count FROM account_groups"),
            (Row{{"account_group", "g"}, {"member_count", "2"}}));
  EXPECT_EQ(Only("SELECT account_name FROM account_group_members WHERE account = 'a'").at("account_name"),
            "Account");
  EXPECT_EQ(
      Only("SELECT account_name FROM account_group_members WHERE account = 'unknown'").at("account_name"),
      "");
  Run("UPDATE api_key SET group_id = 'h'");
  EXPECT_EQ(Only("SELECT group_id || group_name AS shown FROM api_keys").at("shown"), "");
}

TEST_F(EntityViewsTest, ShowWhoServesAKeyUnlessThatIsAGroupThatIsGone) {
  Run("INSERT INTO account_group (id, name, gone) VALUES ('g', 'Team α', 0), ('h', 'Gone', 1)");
  Run("INSERT INTO api_key_binding VALUES ('k', 'claude', 'group', 'g'), ('k', 'gemini', 'group', 'h'), "
      "('k', 'openai', 'account', 'a'), ('k', 'droid', 'account', 'unknown')");
  const auto rows = rows_.Query("SELECT * FROM api_key_bindings ORDER BY platform");
  ASSERT_EQ(rows.size(), 3U);
  const auto shown = [](const Row& row) {
    return row.at("platform") + " " + row.at("kind") + " " + row.at("target") + " " + row.at("target_name");
  };
  EXPECT_EQ(shown(rows[0]), "claude group g Team α");
  EXPECT_EQ(shown(rows[1]), "droid account unknown ");
  EXPECT_EQ(shown(rows[2]), "openai account a Account");
}

}  // namespace

}  // namespace keymeter::testing
