#include "query-api/usage/usage.h"

#include <algorithm>
#include <limits>

#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kLongWindowMinutes = 10;

std::int64_t SaturatingSum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

/// Parts: 0 month rows and what lies in no month, 1 today's row, 2 minutes that are not rolled up or count
/// for the rates.
std::string EntitySql(std::string_view kind) {
  const auto part = [&](int number, std::string_view from, std::string_view on) {
    return fmt::format(
        "SELECT {}, u.bucket, {} FROM series s CROSS JOIN {} ON {} AND u.series = s.id {} "
        "WHERE s.kind = '{}' AND s.entity = ?1",
        number, UsageColumns(kind), from, on, PriceJoin(kind), kind);
  };
  return part(0, "json_each(?2) b CROSS JOIN usage_month u", "u.bucket = b.value") + " UNION ALL " +
         part(0, "usage_untimed u", "u.level = 'total' AND u.bucket = 0") + " UNION ALL " +
         part(1, "usage_day u", "u.bucket = ?3") + " UNION ALL " +
         part(2, "json_each(?4) b CROSS JOIN usage_minute u", "u.bucket = b.value") +
         (kind == "account"
              ? fmt::format(" UNION ALL SELECT 0, month, {} FROM repriced_days WHERE account = ?1",
                            kRepricedColumns)
              : "");
}

}  // namespace

UsageSum& UsageSum::operator+=(const UsageSum& other) {
  requests = SaturatingSum(requests, other.requests);
  input_tokens = SaturatingSum(input_tokens, other.input_tokens);
  output_tokens = SaturatingSum(output_tokens, other.output_tokens);
  cache_create_tokens = SaturatingSum(cache_create_tokens, other.cache_create_tokens);
  cache_read_tokens = SaturatingSum(cache_read_tokens, other.cache_read_tokens);
  cost_micros += other.cost_micros;
  real_cost_micros += other.real_cost_micros;
  return *this;
}

std::int64_t UsageSum::TotalTokens() const {
  return SaturatingSum(SaturatingSum(input_tokens, output_tokens),
                       SaturatingSum(cache_create_tokens, cache_read_tokens));
}

std::string_view UsageColumns(std::string_view kind) {
  if (kind == "api_key")
    return "u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens, "
           "u.cost_micros * 1.0, u.real_cost_micros * 1.0";
  static const std::string account = fmt::format(
      "u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens, "
      "coalesce(u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * "
      "p.cache_read + {}, 0.0) * 1e6, 0.0",
      kCacheCreateUsd);
  return account;
}

std::string_view PriceJoin(std::string_view kind) {
  if (kind == "api_key") return "";
  return "LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until";
}

UsageSum ReadUsageSum(const Statement& row, int first) {
  return {row.Int(first),     row.Int(first + 1),  row.Int(first + 2), row.Int(first + 3),
          row.Int(first + 4), row.Real(first + 5), row.Real(first + 6)};
}

LiveRates::LiveRates(std::int64_t now_ms)
    : newest_(BucketOf(Level::kMinute, now_ms / 1000, 0)),
      elapsed_(static_cast<double>(now_ms - newest_ * 1000) / 60'000.0) {}

double LiveRates::Weight(std::int64_t bucket, std::int64_t window_minutes) const {
  const std::int64_t oldest = newest_ - window_minutes * kMinuteSeconds;
  if (bucket < oldest) return 0;
  return bucket == oldest ? 1 - elapsed_ : 1;
}

void LiveRates::Add(std::int64_t bucket, const UsageSum& usage) {
  rpm_ += static_cast<double>(usage.requests) * Weight(bucket, 1);
  tpm_ += static_cast<double>(usage.TotalTokens()) * Weight(bucket, 1);
  requests_10m_ += static_cast<double>(usage.requests) * Weight(bucket, kLongWindowMinutes);
}

Result<UsageReader> UsageReader::Make(Snapshot& snapshot, std::string_view kind) {
  UsageReader reader(snapshot, kind);
  const std::int64_t now_s = snapshot.now_ms / 1000;
  reader.today_ = BucketOf(Level::kDay, now_s, snapshot.state.utc_offset_s);
  reader.this_month_ = BucketOf(Level::kMonth, now_s, snapshot.state.utc_offset_s);
  const std::int64_t first_minute =
      std::min(snapshot.state.rolled_until, LiveRates(snapshot.now_ms).first_bucket());
  ASSIGN_OR_RETURN(auto months, BucketsOf(snapshot, "usage_month", 0));
  ASSIGN_OR_RETURN(auto minutes, BucketsOf(snapshot, "usage_minute", first_minute));
  reader.months_ = std::move(months);
  reader.minutes_ = std::move(minutes);
  reader.sql_ = EntitySql(kind);
  return reader;
}

Result<EntityUsage> UsageReader::Read(std::string_view entity) {
  ASSIGN_OR_RETURN(auto query, snapshot_->lease.Prepare(sql_));
  query->Bind(1, entity).Bind(2, months_).Bind(3, today_).Bind(4, minutes_);
  EntityUsage usage{{}, {}, {}, LiveRates(snapshot_->now_ms)};
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return usage;
    AddRow(usage, *query);
  }
}

void UsageReader::AddRow(EntityUsage& usage, const Statement& row) const {
  const std::int64_t part = row.Int(0);
  const std::int64_t bucket = row.Int(1);
  const UsageSum amount = ReadUsageSum(row, 2);
  if (part == 1) {
    usage.today += amount;
    return;
  }
  if (part == 0) {
    usage.total += amount;
    if (bucket == this_month_) usage.month += amount;
    return;
  }
  usage.rates.Add(bucket, amount);
  if (bucket < snapshot_->state.rolled_until) return;
  usage.total += amount;
  if (bucket >= today_) usage.today += amount;
  if (bucket >= this_month_) usage.month += amount;
}

Json UsageJson(const UsageSum& usage) {
  return Json{{"requests", usage.requests},
              {"inputTokens", usage.input_tokens},
              {"outputTokens", usage.output_tokens},
              {"cacheCreateTokens", usage.cache_create_tokens},
              {"cacheReadTokens", usage.cache_read_tokens},
              {"totalTokens", usage.TotalTokens()},
              {"cost", usage.cost_micros / 1e6}};
}

Result<std::string> BucketsOf(Snapshot& snapshot, std::string_view table, std::int64_t first,
                              std::int64_t end) {
  ASSIGN_OR_RETURN(
      auto query,
      snapshot.lease.Prepare(fmt::format(
          "WITH RECURSIVE b(bucket) AS (SELECT min(bucket) FROM {0} WHERE bucket >= ?1 UNION ALL "
          "SELECT (SELECT min(bucket) FROM {0} WHERE bucket > b.bucket) FROM b WHERE b.bucket < ?2) "
          "SELECT json_group_array(bucket) FROM b WHERE bucket < ?2",
          table)));
  query->Bind(1, first).Bind(2, end);
  RETURN_IF_ERROR(query->Step());
  return std::string(query->Text(0));
}

}  // namespace keymeter::query_api
