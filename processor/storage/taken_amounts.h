#pragma once

#include <array>
#include <optional>
#include <vector>

#include "processor/metering/growth_rows.h"
#include "processor/storage/batch_part.h"

namespace keymeter::processor {

/// What was taken from the relay's days and months (for an hour: from its counters without a model), because
/// no finer counter held it; and takes it back where finer evidence shows the same amounts later: an hour
/// that was listed late, or a model where only the entity's sum was known.
///
/// Nobody can tell whether such an hour was inside the day that was read. That it was counts nothing twice:
/// if the day has grown as well, the next audit finds the rest.
/// Threads: that of its Database. Lifetime: not beyond the database that it was prepared for. Bounds: growth
/// of the open hour costs no look-up; that of a closed bucket one for each level, while anything is taken at
/// all. Tested by tests/processor/storage/taken_amounts_test.cc.
class TakenAmounts {
 public:
  [[nodiscard]] Status Prepare(Database& database);

  /// A batch begins.
  void Begin() { is_any_.reset(); }

  /// The row was taken from a counter of its own level.
  [[nodiscard]] Status Add(const GrowthRow& row);

  /// Gives all back that was taken of buckets of this level from this one on.
  [[nodiscard]] Status GiveBack(Level level, std::int64_t from, const BatchContext& context);

  /// How much of growth is not replaced yet, going up the levels.
  struct Replacement {
    Amounts rest;         ///< to be added: the series' own coarser counters have not given it
    Amounts rest_others;  ///< not taken back yet from other series of the entity
  };
  /// The growth is in the bucket of `level` that contains the row. `is_coarser`: what the series itself took
  /// at this level is coarser evidence than the row.
  [[nodiscard]] Status Replace(Level level, bool is_coarser, const GrowthRow& row,
                               const BatchContext& context, Replacement& replaced);

 private:
  [[nodiscard]] Status TakeBack(Level level, std::int64_t bucket, SeriesId series, const Amounts& most,
                                const BatchContext& context, Amounts& back);
  [[nodiscard]] Status Shrink(Level level, std::int64_t bucket, SeriesId series, const Amounts& back,
                              const BatchContext& context);

  [[nodiscard]] Result<bool> IsAny();
  [[nodiscard]] Result<std::vector<SeriesId>> OthersOf(Level level, std::int64_t bucket, SeriesId series,
                                                       bool is_coarser);

  std::optional<bool> is_any_;  ///< of this batch: anything is taken at all
  Statement any_;
  Statement add_;
  Statement find_;
  Statement find_from_;
  Statement others_;
  Statement subtract_;
  Statement subtract_untimed_;
  Statement forget_empty_;
  Statement forget_empty_untimed_;
  std::array<Statement, 3> shrink_;  ///< of hour, day, month
  std::array<Statement, 3> remove_empty_;
};

}  // namespace keymeter::processor
