#include "query-api/usage/usage_sum.h"

#include <cmath>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace keymeter::query_api {

namespace {

std::int64_t SaturatingSum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
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
  unpriced_requests = SaturatingSum(unpriced_requests, other.unpriced_requests);
  unpriced_tokens = SaturatingSum(unpriced_tokens, other.unpriced_tokens);
  return *this;
}

std::int64_t UsageSum::TotalTokens() const {
  return SaturatingSum(SaturatingSum(input_tokens, output_tokens),
                       SaturatingSum(cache_create_tokens, cache_read_tokens));
}

bool UsageSum::IsCostKnown() const {
  const bool is_all_unpriced = unpriced_requests == requests && unpriced_tokens == TotalTokens();
  const bool is_anything = unpriced_requests != 0 || unpriced_tokens != 0;
  return !is_all_unpriced || !is_anything || cost_micros != 0 || real_cost_micros != 0;
}

std::optional<double> UsageSum::CostUsd() const {
  return IsCostKnown() ? std::optional(UsdOfMicros(cost_micros)) : std::nullopt;
}

std::optional<double> UsageSum::RealCostUsd() const {
  return IsCostKnown() ? std::optional(UsdOfMicros(real_cost_micros)) : std::nullopt;
}

std::int64_t WholeMicros(double micros) {
  constexpr double kBeyond = 0x1p63;  // the first that no longer fits
  if (micros >= kBeyond) return std::numeric_limits<std::int64_t>::max();
  return micros < -kBeyond ? std::numeric_limits<std::int64_t>::min() : std::llround(micros);
}

double UsdOfMicros(double micros) {
  return std::round(micros) / 1e6;
}

// clang-format off
std::string_view UsageColumns(std::string_view kind) {
  if (kind == "api_key")
    return "u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,"
           " u.cost_micros * 1.0, u.real_cost_micros * 1.0,"
           " iif(u.bucket < (SELECT money_from FROM source_state), u.requests, 0),"
           " iif(u.bucket < (SELECT money_from FROM source_state),"
           " u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens, 0)";
  static const std::string account = fmt::format(
      "u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, u.cache_read_tokens,"
      " coalesce(u.input_tokens * p.input + u.output_tokens * p.output"
      " + u.cache_read_tokens * p.cache_read + {}, 0.0) * 1e6,"
      " 0.0, iif(p.model IS NULL, u.requests, 0), iif(p.model IS NULL,"
      " u.input_tokens + u.output_tokens + u.cache_create_tokens + u.cache_read_tokens, 0)",
      kCacheCreateUsd);
  return account;
}
// clang-format on

std::string_view PriceJoin(std::string_view kind) {
  if (kind == "api_key") return "";
  return "LEFT JOIN price p ON p.model = s.model AND u.bucket >= p.valid_from AND u.bucket < p.valid_until";
}

UsageSum ReadUsageSum(const Statement& row, int first) {
  return {row.Int(first),      row.Int(first + 1), row.Int(first + 2),
          row.Int(first + 3),  row.Int(first + 4), row.Real(first + 5),
          row.Real(first + 6), row.Int(first + 7), row.Int(first + 8)};
}

}  // namespace keymeter::query_api
