#pragma once

#include <array>
#include <cstdint>

#include "processor/storage/retention.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Removes rows that are older than they are kept. The horizons move on first, in a transaction of their own:
/// from then on readers take what lies before them from the coarser levels. Then the rows before them are
/// removed, a few in each transaction. A kill in between loses nothing: the next start goes on.
///
/// Not part of a batch: its transactions are its own.
/// Threads: that of its Database. Lifetime: its Database outlives it.
/// Bounds: kRows rows in a transaction.
class RetentionWriter {
 public:
  static constexpr std::int64_t kRows = 2000;  ///< at most, in one transaction

  [[nodiscard]] Status Prepare(Database& database);
  /// The horizons as the file has them now.
  [[nodiscard]] Status Reload(Database& database);

  [[nodiscard]] const Horizons& horizons() const { return horizons_; }
  [[nodiscard]] Status Advance(Database& database, const Horizons& horizons);
  /// Removes at most kRows rows in one transaction; false when nothing was left to remove.
  [[nodiscard]] Result<bool> RemoveSome(Database& database);

  /// How many rows of minutes, hours and days were removed since Prepare; untimed rows and coverage count as
  /// hours.
  [[nodiscard]] const std::array<std::int64_t, 3>& removed() const { return removed_; }

 private:
  static constexpr std::size_t kTables = 8;

  std::array<Statement, kTables> remove_;
  Statement count_removed_;
  Statement unlist_hours_;
  Statement unlist_days_;
  Statement advance_;
  Horizons horizons_;
  std::size_t next_ = 0;  ///< the first of the tables that may still hold such rows
  std::array<std::int64_t, 3> removed_{};
};

}  // namespace keymeter::processor
