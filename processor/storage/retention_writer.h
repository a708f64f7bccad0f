#pragma once

#include <array>
#include <cstdint>

#include "processor/storage/retention.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Removes what is older than it is to be kept. The horizons move on first, in a transaction of their own:
/// from then on readers take what is before them from the coarser levels. Then the rows before them go, a few
/// in a transaction. A kill in between loses nothing: the next start goes on.
///
/// Threads: that of its Database. Lifetime: its Database outlives it.
class RetentionWriter {
 public:
  static constexpr std::int64_t kRows = 2000;  ///< of one transaction, at most

  [[nodiscard]] Status Prepare(Database& database);

  [[nodiscard]] const Horizons& horizons() const { return horizons_; }
  [[nodiscard]] Status Advance(Database& database, const Horizons& horizons);
  /// One transaction; false when nothing was left to remove.
  [[nodiscard]] Result<bool> RemoveSome(Database& database);

  /// Rows of minutes, hours and days that went since Prepare; what is untimed, and coverage, among the hours.
  [[nodiscard]] const std::array<std::int64_t, 3>& removed() const { return removed_; }

 private:
  static constexpr std::size_t kTables = 6;

  std::array<Statement, kTables> remove_;
  Statement count_removed_;
  Statement advance_;
  Horizons horizons_;
  std::size_t next_ = 0;  ///< the first of the tables that may still hold such rows
  std::array<std::int64_t, 3> removed_{};
};

}  // namespace keymeter::processor
