#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "schema/civil_time.h"
#include "schema/metrics.h"
#include "schema/sqlite.h"

namespace keymeter::usage_file {

/// Rows of one level, written bucket after bucket; each bucket's sums go on to the next coarser level.
///
/// Threads: one. Lifetime: borrows the database. Bounds: memory by the series of one bucket.
class Rollup {
 public:
  /// `coarser` may be null (months).
  static Result<Rollup> Make(Database& database, Level level, std::int64_t utc_offset_s, Rollup* coarser);

  /// Buckets come in ascending order; a later one closes those before it.
  [[nodiscard]] Status Add(std::int64_t moment, std::int64_t series, const Amounts& amounts);
  /// Writes what is still open, here only.
  [[nodiscard]] Status Close();
  [[nodiscard]] std::size_t open_series() const { return open_.size(); }  ///< of the open bucket
  [[nodiscard]] std::int64_t rows() const { return rows_; }

 private:
  Rollup(Level level, std::int64_t utc_offset_s, Rollup* coarser, Statement insert)
      : level_(level), utc_offset_s_(utc_offset_s), coarser_(coarser), insert_(std::move(insert)) {}

  Level level_;
  std::int64_t utc_offset_s_;
  Rollup* coarser_;
  Statement insert_;
  std::int64_t bucket_ = -1;
  std::unordered_map<std::int64_t, Amounts> open_;
  std::vector<std::int64_t> order_;  ///< scratch: the series of the bucket, ascending
  std::int64_t rows_ = 0;
};

}  // namespace keymeter::usage_file
