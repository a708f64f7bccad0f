#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_summary.h"

namespace keymeter::query_api {

/// Reads what one entity used, by look-ups of its rows: for single entities, and for exports that read one
/// after the other.
///
/// Not the view `api_keys`: SQLite cannot push one id through its aggregates, and would sum up 10,000 keys to
/// answer for one. Not for lists either (see EntityTotals).
/// Threads: one. Lifetime: borrows the snapshot. Bounds: about 0.1 ms an entity with 3 models and 12 months.
class UsageReader {
 public:
  /// `kind`: "api_key" or "account".
  static Result<UsageReader> Make(Snapshot& snapshot, std::string_view kind);

  /// All zero for an entity that used nothing.
  [[nodiscard]] Result<UsageSummary> Read(std::string_view entity);

 private:
  explicit UsageReader(Snapshot& snapshot) : snapshot_(&snapshot) {}
  void AddRow(UsageSummary& usage, const Statement& row) const;

  Snapshot* snapshot_;
  std::string sql_;
  std::string months_;   ///< JSON array of the buckets that usage_month has
  std::string minutes_;  ///< likewise of usage_minute, as far as they count
  std::int64_t today_ = 0;
  std::int64_t this_month_ = 0;
};

}  // namespace keymeter::query_api
