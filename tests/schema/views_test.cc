// Views of usage, of prices, and of what the processor says about itself.

#include "schema/metrics.h"
#include "tests/schema/views_fixture.h"

namespace keymeter {

namespace {

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
  EXPECT_EQ(Requests("api_key_usage_day"), "2026-11-20T00:00:00Z=504");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-11-01T00:00:00Z=904");
}

TEST_F(ViewsTest, AreWholeBeforeTheFirstRollUp) {
  SetOffset(kPlus8);
  Put("minute", At("2026-11-30T15:59:00Z"), 3);
  Put("minute", At("2026-11-30T16:00:00Z"), 4);
  EXPECT_EQ(Requests("api_key_usage_hour"), "2026-11-30T15:00:00Z=3 2026-11-30T16:00:00Z=4");
  EXPECT_EQ(Requests("api_key_usage_day"), "2026-11-29T16:00:00Z=3 2026-11-30T16:00:00Z=4");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-10-31T16:00:00Z=3 2026-11-30T16:00:00Z=4");
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
  EXPECT_EQ(Requests("api_key_usage_day"), "2026-11-29T16:00:00Z=21 2026-11-30T16:00:00Z=2");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-10-31T16:00:00Z=31 2026-11-30T16:00:00Z=2");
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
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-11-01T00:00:00Z=51");
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
    EXPECT_EQ(day.at("time"), "2026-11-30T16:00:00Z");
    EXPECT_EQ(day.at("local_time"), "2026-12-01T00:00:00+08:00");
    const Row month = Only(fmt::format("SELECT * FROM {}_usage_month", owner));
    EXPECT_EQ(month.at("month"), "2026-12");
    EXPECT_EQ(month.at("local_time"), "2026-12-01T00:00:00+08:00");
  }
}

TEST_F(ViewsTest, NameDaysWestOfGreenwichToo) {
  SetOffset(-3 * kHourSeconds);
  Put("minute", At("2026-12-01T02:59:00Z"), 1);
  EXPECT_EQ(Requests("api_key_usage_day"), "2026-11-30T03:00:00Z=1");
  EXPECT_EQ(Requests("api_key_usage_month"), "2026-11-01T03:00:00Z=1");
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
  EXPECT_EQ(Only("SELECT cost_usd IS NULL AS none FROM account_usage_hour").at("none"), "1");
  EXPECT_EQ(Only("SELECT total_cost_usd IS NULL AS none FROM accounts").at("none"), "1");
  EXPECT_EQ(Only("SELECT api_keys, accounts, priced FROM models"),
            (Row{{"api_keys", "1"}, {"accounts", "1"}, {"priced", "0"}}));
}

TEST_F(ViewsTest, ShowPricesForAMillionTokens) {
  Run("INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
      "VALUES ('m', 0, 0.000003, 0.000015, 0, 0, 0)");
  EXPECT_EQ(Only("SELECT input_usd, output_usd, time FROM prices"),
            (Row{{"input_usd", "3.0"}, {"output_usd", "15.0"}, {"time", ""}}));
}

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
      tokens +
      ", rated_cost_usd, real_cost_usd, unpriced_requests, cost_usd, bucket, time, local_time, month, "
      "is_open, api_key, api_key_name, owner, account_group, model";
  const std::string account_usage =
      tokens +
      ", list_cost_usd, unpriced_requests, cost_usd, bucket, time, local_time, month, is_open, account, "
      "account_name, platform, account_group, model";
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
      {"api_key_tags", "api_key, api_key_name, tag, tags"},
      {"calendar", "level, bucket, until, time, local_time, utc_date, date, week, month, is_open"},
      {"coverage_minute", "bucket, time, covered_ms, coverage, events, readings, max_delay_ms"},
      {"coverage_hour", "bucket, time, is_open, covered_ms, coverage"},
      {"coverage_day", "bucket, time, is_open, covered_ms, coverage"},
      {"gaps", "from_ms, to_ms, reason"},
      {"adjustments", "at_ms, reason, level, bucket, requests"},
      {"recovered", "at_ms, time, found_by, level, bucket, kind, entity, model, requests"},
      {"audits", "begun_ms, hours, days, drift, recovered"},
      {"drift", "level, bucket, metric, relay, ours"},
      {"processor_status", "connected, last_event_ms, last_flush_ms, lag_ms, profile, utc_offset_s, version"},
  };
  for (const auto& [view, columns] : views)
    EXPECT_NO_THROW((void)rows_.Query(fmt::format("SELECT {} FROM {}", columns, view))) << view;
}

}  // namespace

}  // namespace keymeter
