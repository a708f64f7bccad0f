#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/sqlite.h"

/// Sums of usage, and the SQL that reads them from the tables behind the views.
namespace keymeter::query_api {

/// A sum over rows. Integers saturate: counters come from outside.
///
/// Threads: a plain value.
struct UsageSum {
  std::int64_t requests = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t cache_create_tokens = 0;
  std::int64_t cache_read_tokens = 0;
  double cost_micros = 0;       ///< of an API key as the relay rated it; of an account by the table `price`
  double real_cost_micros = 0;  ///< of an API key as the relay paid it; of an account 0
  /// The part of `requests` and of the tokens whose cost is not known: of an account, because their model has
  /// no price; of an API key, because the relay did not count money all the while.
  std::int64_t unpriced_requests = 0;
  std::int64_t unpriced_tokens = 0;

  UsageSum& operator+=(const UsageSum& other);
  bool operator==(const UsageSum&) const = default;
  [[nodiscard]] std::int64_t TotalTokens() const;
  void MarkUnpriced() {
    unpriced_requests = requests;
    unpriced_tokens = TotalTokens();
  }
  /// Whether anything is known of its cost, or there is nothing that could cost. Otherwise it is unknown, not
  /// 0.
  [[nodiscard]] bool IsCostKnown() const;
  /// For people: USD, rounded to a millionth; nothing when it is unknown.
  [[nodiscard]] std::optional<double> CostUsd() const;
  [[nodiscard]] std::optional<double> RealCostUsd() const;
};

/// USD for tokens written to the cache, over usage `u` and price `p`. Those kept for an hour are among them.
inline constexpr std::string_view kCacheCreateUsd =
    "max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create"
    " + u.ephemeral_1h_tokens * p.cache_create_1h)";

/// The SQL of a UsageSum's columns, over a usage table `u`; for accounts also over `price p` (see PriceJoin).
/// `kind`: "api_key" or "account".
[[nodiscard]] std::string_view UsageColumns(std::string_view kind);
/// The join that an account's columns need, over usage `u` and series `s`; empty for API keys.
[[nodiscard]] std::string_view PriceJoin(std::string_view kind);
/// The columns of a UsageSum over the view `repriced_days`: what a day costs beyond the price of its month's
/// first day.
inline constexpr std::string_view kRepricedColumns = "0, 0, 0, 0, 0, cost_usd * 1e6, 0.0, 0, 0";
/// The nearest whole number of micro-dollars; saturates.
[[nodiscard]] std::int64_t WholeMicros(double micros);
/// Micro-dollars as USD for people, rounded like UsageSum::CostUsd.
[[nodiscard]] double UsdOfMicros(double micros);
/// Reads those columns, from `first` on.
[[nodiscard]] UsageSum ReadUsageSum(const Statement& row, int first);

}  // namespace keymeter::query_api
