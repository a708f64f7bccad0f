#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "schema/metrics.h"
#include "schema/sqlite.h"

namespace keymeter::usage_file {

/// Rows of one bucket of one table, as a processor comes to insert them: in the order in which their series
/// first grew in it.
///
/// Threads: one. Lifetime: its Database outlives it. Bounds: memory by series.
class BucketRows {
 public:
  /// `table` has bucket, series and the metrics; series are 1 to `series`.
  static Result<BucketRows> Make(Database& database, std::string_view table, std::size_t series);

  void Add(std::int64_t series, const Amounts& amounts);
  /// Inserts them and begins anew.
  [[nodiscard]] Status WriteInto(std::int64_t bucket);
  void Clear();

  [[nodiscard]] const std::vector<std::int64_t>& order() const { return order_; }
  [[nodiscard]] const Amounts& Of(std::int64_t series) const { return sums_[Index(series)]; }
  [[nodiscard]] std::int64_t written() const { return written_; }

 private:
  BucketRows(Statement insert, std::size_t series)
      : insert_(std::move(insert)), sums_(series), has_grown_(series) {}
  static std::size_t Index(std::int64_t series) { return static_cast<std::size_t>(series - 1); }

  Statement insert_;
  std::vector<Amounts> sums_;    ///< by series
  std::vector<bool> has_grown_;  ///< likewise
  std::vector<std::int64_t> order_;
  std::int64_t written_ = 0;
};

}  // namespace keymeter::usage_file
