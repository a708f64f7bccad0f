#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "query-api/snapshot/snapshot.h"
#include "schema/metrics.h"

/// What an entity used: today, this month, in all, and right now.
///
/// Read by look-ups in the tables behind the views: SQLite cannot push one id through the aggregates of the
/// view `api_keys`, and sums 10,000 keys to answer for one. The tests compare with the views.
namespace keymeter::query_api {

/// A sum over rows. Integers saturate: counters are outside data.
struct UsageSum {
  std::int64_t requests = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t cache_create_tokens = 0;
  std::int64_t cache_read_tokens = 0;
  double cost_micros = 0;       ///< of an API key as rated by the relay; of an account by `prices`
  double real_cost_micros = 0;  ///< of an API key as paid by the relay; of an account 0

  UsageSum& operator+=(const UsageSum& other);
  bool operator==(const UsageSum&) const = default;
  [[nodiscard]] std::int64_t TotalTokens() const;
};

/// USD for tokens written to the cache, over usage `u` and price `p`: those for an hour are among them.
inline constexpr std::string_view kCacheCreateUsd =
    "max(0.0, (u.cache_create_tokens - u.ephemeral_1h_tokens) * p.cache_create + "
    "u.ephemeral_1h_tokens * p.cache_create_1h)";

/// The SQL of a UsageSum's columns, over a usage table `u`; for accounts also over `price p` (see
/// kPriceJoin).
[[nodiscard]] std::string_view UsageColumns(std::string_view kind);
/// The join that an account's columns need, over usage `u` and series `s`; empty for API keys.
[[nodiscard]] std::string_view PriceJoin(std::string_view kind);
/// The columns of a UsageSum over the view `repriced_days`: what a day costs beyond the price of its month's
/// first day.
inline constexpr std::string_view kRepricedColumns = "0, 0, 0, 0, 0, cost_usd * 1e6, 0.0";
/// Reads those columns, from `first` on.
[[nodiscard]] UsageSum ReadUsageSum(const Statement& row, int first);

/// Trailing rates by the sliding-window counter: the oldest minute counts by the part of it that is still
/// inside.
class LiveRates {
 public:
  explicit LiveRates(std::int64_t now_ms);

  void Add(std::int64_t bucket, const UsageSum& usage);
  [[nodiscard]] double rpm() const { return rpm_; }  ///< requests in the last 60 s
  [[nodiscard]] double tpm() const { return tpm_; }  ///< tokens in the last 60 s
  [[nodiscard]] double requests_10m() const { return requests_10m_; }
  [[nodiscard]] double rpm_10m() const { return requests_10m_ / 10; }
  /// The first minute that counts.
  [[nodiscard]] std::int64_t first_bucket() const { return newest_ - 600; }
  /// How much of the minute is inside a window of so many minutes: 0…1.
  [[nodiscard]] double Weight(std::int64_t bucket, std::int64_t window_minutes) const;

 private:
  std::int64_t newest_;
  double elapsed_;  ///< the part of the newest minute that is over
  double rpm_ = 0;
  double tpm_ = 0;
  double requests_10m_ = 0;
};

struct EntityUsage {
  UsageSum today;
  UsageSum month;
  UsageSum total;
  LiveRates rates;
};

/// Reads one entity after the other in one snapshot.
/// Lifetime: borrows the snapshot. Bounds: 3 models and 12 months take about 0.1 ms an entity.
class UsageReader {
 public:
  /// `kind`: "api_key" or "account".
  static Result<UsageReader> Make(Snapshot& snapshot, std::string_view kind);

  [[nodiscard]] Result<EntityUsage> Read(std::string_view entity);

 private:
  UsageReader(Snapshot& snapshot, std::string_view kind) : snapshot_(&snapshot), kind_(kind) {}
  void AddRow(EntityUsage& usage, const Statement& row) const;

  Snapshot* snapshot_;
  std::string_view kind_;
  std::string sql_;
  std::string months_;  ///< JSON arrays of the buckets that there are
  std::string minutes_;
  std::int64_t today_ = 0;
  std::int64_t this_month_ = 0;
};

[[nodiscard]] Json UsageJson(const UsageSum& usage);

/// The buckets in [first, end) of which a table has rows, as a JSON array: one look-up each, whatever the
/// number of rows.
[[nodiscard]] Result<std::string> BucketsOf(Snapshot& snapshot, std::string_view table, std::int64_t first,
                                            std::int64_t end = std::numeric_limits<std::int64_t>::max());

}  // namespace keymeter::query_api
