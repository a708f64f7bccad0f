#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query-api/series_rows.h"
#include "query-api/snapshot.h"

namespace keymeter::query_api {

/// Whose usage a time series sums up.
struct SeriesFilter {
  enum class Scope : std::uint8_t { kAllKeys, kKey, kAccount, kGroup };

  Scope scope = Scope::kAllKeys;
  std::string id;                    ///< unless all keys
  std::optional<std::string> model;  ///< or all

  /// API keys carry the relay's money, so sums over everything are sums over keys.
  [[nodiscard]] bool IsOfKeys() const { return scope == Scope::kAllKeys || scope == Scope::kKey; }
  [[nodiscard]] std::string_view kind() const { return IsOfKeys() ? "api_key" : "account"; }
};

/// The file's side of /api/stats/series: finds the metered series, reads their rows and the coverage.
///
/// Bounds: few series (kFewSeries) are looked up bucket by bucket; for more the whole span is read once,
/// about 0.3 µs a row. Lifetime: borrows the snapshot. Threads: one.
class SeriesQuery {
 public:
  static constexpr std::size_t kFewSeries = 256;

  SeriesQuery(Snapshot& snapshot, SeriesFilter filter) : snapshot_(snapshot), filter_(std::move(filter)) {}

  /// Whether there is such a key, account or group, used or not.
  [[nodiscard]] Result<bool> Exists();
  /// Whether something is known to the running hour, day or month only: it is spread up to now, so even slots
  /// that are over change as time passes.
  [[nodiscard]] Result<bool> HasOpenUntimed();
  [[nodiscard]] Result<std::vector<SeriesRow>> Rows(const Slots& slots);

 private:
  [[nodiscard]] Status ReadMembers();
  [[nodiscard]] Status ReadTimed(const Slots& slots, SeriesRows& rows);
  /// What stands for finer buckets of the slots that are gone: rows of `level` before `until`.
  [[nodiscard]] Status ReadWhole(const Slots& slots, Level level, std::int64_t until, SeriesRows& rows);
  [[nodiscard]] Status ReadUntimed(const Slots& slots, Level level, std::int64_t from, SeriesRows& rows);
  [[nodiscard]] Result<Coverage> ReadCoverage(Piece span);
  [[nodiscard]] std::string RowsSql(Level level, int first) const;
  [[nodiscard]] std::string TimedSql(Level level) const;
  [[nodiscard]] bool AreFew() const { return members_.size() <= kFewSeries; }

  Snapshot& snapshot_;
  const SeriesFilter filter_;
  std::unordered_map<std::int64_t, Member> members_;  ///< by series id
  std::string ids_;                                   ///< the same as a JSON array when they are few
};

}  // namespace keymeter::query_api
