#include "tests/support/example_file.h"

#include "tests/support/usage_file.h"

namespace keymeter::query_api {

namespace {

constexpr const char* kSonnet = "claude-sonnet-4-20250514";
constexpr const char* kOpus = "claude-opus-4-20250514";
constexpr const char* kHouse = "house-model";  // has no price

std::string Rfc3339(std::int64_t epoch_s) {
  return FormatRfc3339(epoch_s * 1000);
}

Used ByKey(const std::string& key, const std::string& model, std::int64_t requests) {
  return {.kind = "api_key", .entity = key, .model = model, .requests = requests};
}

Used ByAccount(const std::string& account, const std::string& model, std::int64_t requests) {
  return {.kind = "account", .entity = account, .model = model, .requests = requests};
}

void AddEntities(UsageFile& file, std::int64_t now) {
  const auto ago = [now](std::int64_t days) { return Rfc3339(now - days * kDaySeconds); };
  file.Key(
      "key-1", "Alice",
      fmt::format("description = 'chat', tags = '[\"team-a\",\"prod\"]', user_id = 'u1', user_username = "
                  "'alice', "
                  "created_at = '{}', last_used_at = '{}', expires_at = '{}', daily_cost_limit = 20, "
                  "group_id = 'group-1', service_rates = '{{\"claude\":1.2}}'",
                  ago(90), ago(0), ago(-5)));
  file.Key("key-2", "πελάτης 2",
           fmt::format("created_at = '{}', last_used_at = '{}', tags = '[\"team-b\"]'", ago(80), ago(0)));
  file.Key("key-3", "idle", fmt::format("created_at = '{}', last_used_at = '{}'", ago(70), ago(45)));
  file.Key("key-4", "=1+1", "is_deleted = 1, is_active = 0");
  file.Key("key/5 %", "in the path", fmt::format("created_at = '{}'", ago(3)));
  file.Account("account-1", fmt::format("name = 'Claude main', platform = 'claude', status = 'active', "
                                        "created_at = '{}', priority = 50, daily_quota = 100, "
                                        "account_type = 'group', schedulable = 1, five_hour_percent = 40.5, "
                                        "five_hour_resets_at = '{}', overloaded_at = '{}', "
                                        "session_window_start_at = '{}', balance = 12.5, "
                                        "balance_currency = 'USD', balance_at = '{}'",
                                        ago(90), ago(-1), ago(2), ago(0), ago(0)));
  file.Account(
      "account-2",
      "name = 'Claude spare', platform = 'claude', status = 'error', error_message = 'refused', "
      "account_type = 'group', rate_limit_status = 'limited', unavailable_until = '2126-11-20T12:39:00Z'");
  file.Account("account-3",
               "name = 'Gemini', platform = 'gemini', status = 'active', account_type = 'shared'");
  file.Group("group-1", "Pool A", {"account-1", "account-2"}).Bound("key-1", {"group-1"});
  file.Sql("UPDATE account_group SET platform = 'claude', description = 'two of them'");
  file.Sql(fmt::format(
      "INSERT INTO price (model, valid_from, input, output, cache_create, cache_create_1h, cache_read) "
      "VALUES ('{}', 0, 3e-6, 15e-6, 3.75e-6, 6e-6, 3e-7), ('{}', 0, 15e-6, 75e-6, 18.75e-6, 30e-6, "
      "1.5e-6)",
      kSonnet, kOpus));
}

void AddUsage(UsageFile& file, std::int64_t now) {
  const std::int64_t minute = now - now % kMinuteSeconds;
  const std::int64_t hour = now - now % kHourSeconds;
  for (std::int64_t i = 0; i < 60; ++i) {
    const std::int64_t at = minute - i * kMinuteSeconds;
    file.Minute(at, ByKey("key-1", kSonnet, 30 + i % 7))
        .Minute(at, ByAccount("account-1", kSonnet, 30 + i % 7));
    if (i % 5 == 0) file.Minute(at, ByKey("key-2", kOpus, 4)).Minute(at, ByAccount("account-3", kHouse, 2));
    file.Covered(at, i == 40 ? 30'000 : 60'000);
  }
  for (const std::int64_t days : {1, 2, 3, 30, 31, 62})
    for (const std::int64_t hours : {0, 3, 5}) {
      const std::int64_t at = hour - days * kDaySeconds + hours * kHourSeconds;
      file.Untimed(Level::kHour, at, ByKey("key-1", kSonnet, 200 * (hours + 1)))
          .Untimed(Level::kHour, at, ByAccount("account-1", kSonnet, 150))
          .Untimed(Level::kHour, at, ByAccount("account-2", kOpus, 50));
    }
  const std::int64_t day = BucketOf(Level::kDay, now, ExampleOffset(now));
  file.Untimed(Level::kDay, day - 45 * kDaySeconds, ByKey("key-3", kOpus, 12));
  // Before the last month the relay counted no money.
  const std::int64_t money_from = BucketOf(Level::kMonth, day - 31 * kDaySeconds, ExampleOffset(now));
  for (const char* table : {"usage_hour", "usage_day", "usage_month", "usage_untimed"})
    file.Sql(fmt::format("UPDATE {} SET cost_micros = 0, real_cost_micros = 0 WHERE bucket < {}", table,
                         money_from));
  file.Sql(fmt::format("UPDATE source_state SET money_from = {}", money_from));
}

void AddHistory(UsageFile& file, std::int64_t now) {
  const std::int64_t hour = now - now % kHourSeconds;
  const std::int64_t gap_ms = (hour - kDaySeconds) * 1000;
  file.Sql(
      fmt::format("INSERT INTO gap (from_ms, to_ms, reason, hour_requests) VALUES ({}, {}, 'restart', 400)",
                  gap_ms, gap_ms + 3 * kHourSeconds * 1000));
  file.Sql(
      fmt::format("INSERT INTO adjustment (at_ms, reason, level, bucket, series, requests, input_tokens, "
                  "output_tokens, cache_create_tokens, cache_read_tokens, ephemeral_5m_tokens, "
                  "ephemeral_1h_tokens, cost_micros, real_cost_micros) VALUES ({}, 'reset', 'hour', {}, 1, "
                  "5, 50, 25, 0, 0, 0, 0, 5000, 5000)",
                  (now - 7200) * 1000, hour - 2 * kHourSeconds));
  file.Sql("INSERT INTO profile_use VALUES (0, 'test', 0)");
  file.Sql(
      fmt::format("INSERT INTO audit (begun_ms, took_ms, from_hour, to_hour, hours, days, drift) VALUES ({}, "
                  "1200, {}, {}, 100, 20, 0)",
                  (now - 600) * 1000, hour - 48 * kHourSeconds, hour));
  // Ahead, so that the processor counts as alive for as long as a test may take.
  file.Heartbeat((now + kHourSeconds) * 1000);
}

}  // namespace

std::int64_t ExampleOffset(std::int64_t now_s) {
  return (12 - now_s % kDaySeconds / kHourSeconds) * kHourSeconds;
}

void WriteExample(const std::string& path, std::int64_t now_s) {
  UsageFile file(ExampleOffset(now_s), now_s - now_s % kMinuteSeconds);
  file.Sql("BEGIN");
  AddEntities(file, now_s);
  AddUsage(file, now_s);
  AddHistory(file, now_s);
  file.Sql("COMMIT").Sql(fmt::format("VACUUM INTO '{}'", path));
}

}  // namespace keymeter::query_api
