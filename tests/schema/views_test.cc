#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schema/civil_time.h"
#include "schema/metrics.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"
#include "tests/support/database_rows.h"
#include "tests/support/temp_dir.h"

namespace keymeter {

namespace {

using testing::Row;

/// Epoch seconds of an RFC 3339 text.
std::int64_t At(std::string_view text) {
  return ParseRfc3339(text).value() / 1000;
}

constexpr std::int64_t kPlus8 = 8 * kHourSeconds;

/// Series 1 is key "k" with model "m"; series 2 is account "a" with model "m".
class ViewsTest : public ::testing::Test {
 protected:
  ViewsTest() {
    EXPECT_TRUE(Migrate(writer_));
    Run("INSERT INTO series VALUES (1, 'api_key', 'k', 'm'), (2, 'account', 'a', 'm')");
    Run("INSERT INTO api_key (id, name, is_active) VALUES ('k', 'Key', 1)");
    Run("INSERT INTO account (id, name, platform, is_active) VALUES ('a', 'Account', 'claude', 1)");
  }

  void Run(const std::string& sql) {
    const Status run = writer_.Execute(sql);
    ASSERT_TRUE(run) << sql << ": " << run.error().message;
  }

  /// A row of a table of usage. Each metric gets a number of its own, so that no two can be confused.
  void Put(const std::string& table, std::int64_t bucket, std::int64_t requests, int series = 1) {
    Run(fmt::format("INSERT INTO usage_{} VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})", table, bucket,
                    series, requests, requests * 10, requests * 20, requests * 30, requests * 40,
                    requests * 5, requests * 6, requests * 1000, requests * 2000));
  }

  void PutUntimed(const std::string& level, std::int64_t bucket, std::int64_t requests) {
    Run(fmt::format("INSERT INTO usage_untimed VALUES ('{}', {}, 1, {}, 0, 0, 0, 0, 0, 0, 0, 0)", level,
                    bucket, requests));
  }

  void SetOffset(std::int64_t seconds) {
    Run(fmt::format("UPDATE source_state SET utc_offset_s = {}", seconds));
  }
  void SetRolledUntil(std::int64_t bucket) {
    Run(fmt::format("UPDATE source_state SET rolled_until = {}", bucket));
  }

  /// "time=requests …" of a view of keys, oldest first.
  [[nodiscard]] std::string Requests(const std::string& view) const {
    std::string text;
    for (const Row& row : rows_.Query(fmt::format("SELECT time, requests FROM {} ORDER BY bucket", view)))
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", row.at("time"), row.at("requests"));
    return text;
  }

  [[nodiscard]] Row Only(const std::string& sql) const {
    const std::vector<Row> rows = rows_.Query(sql);
    EXPECT_EQ(rows.size(), 1U) << sql;
    return rows.empty() ? Row() : rows.front();
  }

  testing::TempDir directory_;
  std::string path_ = directory_.File("keymeter.db");
  Database writer_ = Database::Open(path_, Database::Mode::kReadWrite).value();
  testing::DatabaseRows rows_{path_};
};

TEST_F(ViewsTest, AddMinutesThatAreNotRolledUpYet) {
  SetOffset(0);
  Put("hour", At("2026-11-20T12:00:00Z"), 100);
  Put("day", At("2026-11-20T00:00:00Z"), 500);
  Put("month", At("2026-11-01T00:00:00Z"), 900);
  Put("minute", At("2026-11-20T12:18:00Z"), 3);
  Put("minute", At("2026-11-20T12:19:00Z"), 4);
  SetRolledUntil(At("2026-11-20T12:19:00Z"));
  EXPECT_EQ(Requests("api_key_usage_minute"), "2026-11-20T12:18:00Z=3 2026-11-20T12:19:00Z=4");
  EXPECT_EQ(Requests("api_key_usage_hour"), "2026-11-20T12:00:00Z=104");
  EXPECT_EQ(Requests("api_key_usage_day"), "2026-11-20T00:00:00+00:00=504");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-11-01T00:00:00+00:00=904");
}

TEST_F(ViewsTest, AreWholeBeforeTheFirstRollUp) {
  SetOffset(kPlus8);
  Put("minute", At("2026-11-30T15:59:00Z"), 3);
  Put("minute", At("2026-11-30T16:00:00Z"), 4);
  EXPECT_EQ(Requests("api_key_usage_hour"), "2026-11-30T15:00:00Z=3 2026-11-30T16:00:00Z=4");
  EXPECT_EQ(Requests("api_key_usage_day"), "2026-11-30T00:00:00+08:00=3 2026-12-01T00:00:00+08:00=4");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-11-01T00:00:00+08:00=3 2026-12-01T00:00:00+08:00=4");
}

TEST_F(ViewsTest, AreWholeWhenOpenMinutesReachIntoTheNextBuckets) {
  SetOffset(kPlus8);
  Put("hour", At("2026-11-30T15:00:00Z"), 10);
  Put("day", At("2026-11-29T16:00:00Z"), 20);
  Put("month", At("2026-10-31T16:00:00Z"), 30);
  Put("minute", At("2026-11-30T15:59:00Z"), 1);
  Put("minute", At("2026-11-30T16:00:00Z"), 2);
  SetRolledUntil(At("2026-11-30T15:59:00Z"));
  EXPECT_EQ(Requests("api_key_usage_hour"), "2026-11-30T15:00:00Z=11 2026-11-30T16:00:00Z=2");
  EXPECT_EQ(Requests("api_key_usage_day"), "2026-11-30T00:00:00+08:00=21 2026-12-01T00:00:00+08:00=2");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-11-01T00:00:00+08:00=31 2026-12-01T00:00:00+08:00=2");
}

TEST_F(ViewsTest, LeaveClosedBucketsAsTheyAreStored) {
  SetOffset(0);
  Put("minute", At("2026-11-20T10:05:00Z"), 7);
  Put("hour", At("2026-11-20T10:00:00Z"), 7);
  SetRolledUntil(At("2026-11-20T12:00:00Z"));
  EXPECT_EQ(Requests("api_key_usage_hour"), "2026-11-20T10:00:00Z=7");
}

TEST_F(ViewsTest, ShowUntimedAmountsInTheirLevelAndAbove) {
  SetOffset(0);
  const std::int64_t hour = At("2026-11-20T12:00:00Z");
  Put("minute", hour, 1);
  Put("hour", hour, 50);
  Put("day", At("2026-11-20T00:00:00Z"), 50);
  Put("month", At("2026-11-01T00:00:00Z"), 50);
  PutUntimed("hour", hour, 50);
  SetRolledUntil(hour);
  EXPECT_EQ(Requests("api_key_usage_minute"), "2026-11-20T12:00:00Z=1");
  EXPECT_EQ(Requests("api_key_usage_hour"), "2026-11-20T12:00:00Z=51");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-11-01T00:00:00+00:00=51");
  EXPECT_EQ(Requests("api_key_untimed WHERE level = 'hour'"), "2026-11-20T12:00:00Z=50");
  EXPECT_EQ(Requests("api_key_untimed WHERE level = 'day'"), "");
}

TEST_F(ViewsTest, SumEveryMetricByItself) {
  SetOffset(0);
  const std::int64_t minute = At("2026-11-20T12:19:00Z");
  Put("hour", At("2026-11-20T12:00:00Z"), 100);
  Put("minute", minute, 1);
  SetRolledUntil(minute);
  Amounts expected;
  expected.values = {101, 1010, 2020, 3030, 4040, 505, 606, 101'000, 202'000};
  EXPECT_EQ(rows_.SumView("api_key_usage_hour").at({"api_key", "k", "m"}), expected);
  const Row row = Only("SELECT * FROM api_key_usage_hour");
  EXPECT_EQ(row.at("total_tokens"), "10100");
  EXPECT_EQ(row.at("cost_usd"), "0.101");
  EXPECT_EQ(row.at("real_cost_usd"), "0.202");
  EXPECT_EQ(row.at("api_key_name"), "Key");
}

TEST_F(ViewsTest, NameDaysAndMonthsInTheOffsetOfTheSource) {
  SetOffset(kPlus8);
  SetRolledUntil(At("2027-01-01T00:00:00Z"));
  for (int series : {1, 2}) {
    Put("day", At("2026-11-30T16:00:00Z"), 1, series);
    Put("month", At("2026-11-30T16:00:00Z"), 1, series);
  }
  for (const char* owner : {"api_key", "account"}) {
    const Row day = Only(fmt::format("SELECT * FROM {}_usage_day", owner));
    EXPECT_EQ(day.at("date"), "2026-12-01");
    EXPECT_EQ(day.at("time"), "2026-12-01T00:00:00+08:00");
    const Row month = Only(fmt::format("SELECT * FROM {}_usage_month", owner));
    EXPECT_EQ(month.at("month"), "2026-12");
    EXPECT_EQ(month.at("time"), "2026-12-01T00:00:00+08:00");
  }
}

TEST_F(ViewsTest, NameDaysWestOfGreenwichToo) {
  SetOffset(-3 * kHourSeconds);
  Put("minute", At("2026-12-01T02:59:00Z"), 1);
  EXPECT_EQ(Requests("api_key_usage_day"), "2026-11-30T00:00:00-03:00=1");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-11-01T00:00:00-03:00=1");
}

TEST_F(ViewsTest, KeepKeysAndAccountsApart) {
  Put("minute", At("2026-11-20T12:19:00Z"), 1, 1);
  Put("minute", At("2026-11-20T12:19:00Z"), 2, 2);
  EXPECT_EQ(Requests("api_key_usage_hour"), "2026-11-20T12:00:00Z=1");
  EXPECT_EQ(Requests("account_usage_hour"), "2026-11-20T12:00:00Z=2");
  EXPECT_EQ(Only("SELECT platform FROM account_usage_hour").at("platform"), "claude");
}

TEST_F(ViewsTest, ShowUsageOfAnOwnerThatIsNotKnownYet) {
  Run("DELETE FROM api_key");
  Put("minute", At("2026-11-20T12:19:00Z"), 1);
  EXPECT_EQ(Only("SELECT api_key, api_key_name FROM api_key_usage_minute"),
            (Row{{"api_key", "k"}, {"api_key_name", ""}}));
}

// SQLite's sum() refuses what does not fit 63 bits, so the processor must not let larger values in.
TEST_F(ViewsTest, AddUpValuesOf53Bits) {
  SetOffset(0);
  constexpr std::int64_t kLargest = std::int64_t{1} << 53;
  const std::int64_t day = At("2026-11-20T00:00:00Z");
  for (int minute = 0; minute < 60; ++minute)
    Run(fmt::format("INSERT INTO usage_minute VALUES ({}, 1, {}, 0, 0, 0, 0, 0, 0, 0, 0)",
                    day + minute * kMinuteSeconds, kLargest));
  EXPECT_EQ(Only("SELECT requests FROM api_key_usage_day").at("requests"), std::to_string(60 * kLargest));
  EXPECT_EQ(Only("SELECT total_requests FROM api_keys").at("total_requests"), std::to_string(60 * kLargest));
}

// -- Rates. `now` is taken in the same statement as the rates, so it is the same moment for both.

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

TEST_F(ViewsTest, KeepAKeyWhoseHashIsGoneAsDeleted) {
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM api_keys"),
            (Row{{"is_active", "1"}, {"is_deleted", "0"}}));
  Run("UPDATE api_key SET gone = 1");
  Run("UPDATE account SET gone = 1");
  const Row gone = {{"is_active", "0"}, {"is_deleted", "1"}};
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM api_keys WHERE api_key = 'k'"), gone);
  EXPECT_EQ(Only("SELECT is_active, is_deleted FROM accounts WHERE account = 'a'"), gone);
}

TEST_F(ViewsTest, ShowTheGroupOfAKeyAndTheMembersOfAGroup) {
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

TEST_F(ViewsTest, ShowWhoServesAKeyUnlessThatIsAGroupThatIsGone) {
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

// -- Cost of accounts.

TEST_F(ViewsTest, PriceAnAccountByWhatWasValidThen) {
  const std::int64_t change = At("2026-11-20T12:00:00Z");
  Run(
      fmt::format("INSERT INTO price (model, valid_from, valid_until, input, output, cache_create, "
                  "cache_create_1h, cache_read) VALUES ('m', 0, {0}, 1, 0, 0, 0, 0), "
                  "('m', {0}, 9223372036854775807, 1, 10, 100, 1000, 10000)",
                  change));
  Put("minute", change - 60, 1, 2);
  Put("minute", change, 1, 2);
  const auto cost = [&](std::int64_t bucket) {
    return rows_.Value(fmt::format("SELECT cost_usd FROM account_usage_minute WHERE bucket = {}", bucket));
  };
  EXPECT_EQ(cost(change - 60), "10.0");
  // input 10, output 20, cache create 30 of which 6 for an hour, cache read 40
  EXPECT_EQ(std::stod(cost(change)), 10 * 1 + 20 * 10 + (30 - 6) * 100 + 6 * 1000 + 40 * 10000);
}

TEST_F(ViewsTest, ShowNoCostForAModelWithoutAPrice) {
  Put("minute", At("2026-11-20T12:19:00Z"), 1, 2);
  EXPECT_EQ(Only("SELECT cost_usd FROM account_usage_hour").at("cost_usd"), "0.0");
  EXPECT_EQ(Only("SELECT total_cost_usd FROM accounts").at("total_cost_usd"), "0.0");
  EXPECT_EQ(Only("SELECT api_keys, accounts, priced FROM models"),
            (Row{{"api_keys", "1"}, {"accounts", "1"}, {"priced", "0"}}));
}

TEST_F(ViewsTest, ShowPricesForAMillionTokens) {
  Run("INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
      "VALUES ('m', 0, 0.000003, 0.000015, 0, 0, 0)");
  EXPECT_EQ(Only("SELECT input_usd, output_usd, time FROM prices"),
            (Row{{"input_usd", "3.0"}, {"output_usd", "15.0"}, {"time", "1970-01-01T00:00:00Z"}}));
}

// -- What the processor tells about itself.

TEST_F(ViewsTest, TellHowTheProcessorIsDoing) {
  EXPECT_EQ(Only("SELECT connected, drift FROM processor_status"), (Row{{"connected", ""}, {"drift", "0"}}));
  Run("UPDATE source_state SET version = '0.1.0', pid = 7, started_ms = 1000, connected = 1, baseline_read = "
      "1, "
      "redis_version = '7.0.15', last_event_ms = 2000, last_flush_ms = 3000, flush_interval_ms = 1000, "
      "lag_ms = 12, problem = ''");
  Run("INSERT INTO gap (from_ms, to_ms, reason) VALUES (60000, 61500, 'cut')");
  Run("INSERT INTO coverage VALUES (60, 58500, 10, 4, 12)");
  Run("INSERT INTO adjustment VALUES (1, 60000, 'reset', 'hour', 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 0)");
  Run("INSERT INTO drift_found VALUES ('hour', 0, 1, 'requests', 5, 4, 60000)");
  EXPECT_EQ(Only("SELECT connected, lag_ms, drift FROM processor_status"),
            (Row{{"connected", "1"}, {"lag_ms", "12"}, {"drift", "1"}}));
  EXPECT_EQ(Only("SELECT time, seconds, reason FROM gaps"),
            (Row{{"time", "1970-01-01T00:01:00Z"}, {"seconds", "1.5"}, {"reason", "cut"}}));
  EXPECT_EQ(Only("SELECT covered_ms FROM coverage_minute").at("covered_ms"), "58500");
  EXPECT_EQ(Only("SELECT kind, entity, requests FROM adjustments"),
            (Row{{"kind", "api_key"}, {"entity", "k"}, {"requests", "5"}}));
  EXPECT_EQ(Only("SELECT metric, relay, ours FROM drift"),
            (Row{{"metric", "requests"}, {"relay", "5"}, {"ours", "4"}}));
}

TEST_F(ViewsTest, HaveTheColumnsThatPeopleRelyOn) {
  const std::string tokens =
      "requests, input_tokens, output_tokens, cache_create_tokens, cache_read_tokens, ephemeral_5m_tokens, "
      "ephemeral_1h_tokens, total_tokens";
  const std::string key_usage =
      tokens + ", cost_usd, real_cost_usd, bucket, time, api_key, api_key_name, model";
  const std::string account_usage =
      tokens + ", cost_usd, bucket, time, account, account_name, platform, model";
  const std::string live =
      ", rpm, tpm, rpm_10m, today_requests, month_requests, total_requests, last_used_at";
  const std::pair<const char*, std::string> views[] = {
      {"api_key_usage_minute", key_usage},
      {"api_key_usage_hour", key_usage},
      {"api_key_usage_day", key_usage + ", date"},
      {"api_key_usage_month", key_usage + ", month"},
      {"account_usage_minute", account_usage},
      {"account_usage_hour", account_usage},
      {"account_usage_day", account_usage + ", date"},
      {"account_usage_month", account_usage + ", month"},
      {"api_key_untimed", "level, bucket, api_key, model, " + tokens},
      {"account_untimed", "level, bucket, account, model, " + tokens},
      {"api_keys", "api_key, name" + live},
      {"accounts", "account, name, platform" + live},
      {"account_groups", "account_group, name, platform"},
      {"account_group_members", "account_group, account"},
      {"api_key_bindings", "api_key, api_key_name, platform, kind, target, target_name"},
      {"models", "model"},
      {"prices", "model, valid_from"},
      {"coverage_minute", "bucket, time, covered_ms, events, readings, max_delay_ms"},
      {"gaps", "from_ms, to_ms, reason"},
      {"adjustments", "at_ms, reason, level, bucket, requests"},
      {"drift", "level, bucket, metric, relay, ours"},
      {"processor_status", "connected, last_event_ms, last_flush_ms, lag_ms, profile, utc_offset_s, version"},
  };
  for (const auto& [view, columns] : views)
    EXPECT_NO_THROW((void)rows_.Query(fmt::format("SELECT {} FROM {}", columns, view))) << view;
}

}  // namespace

}  // namespace keymeter
