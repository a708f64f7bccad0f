#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "processor/metering/write_batch.h"
#include "processor/storage/batch_part.h"
#include "processor/storage/listed_buckets.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Gives a minute that is not rolled up yet a row in its hour, day and month: of zeros, until the roll-up
/// adds the minute to it. The views add what is not rolled up to these rows (see schema/DESIGN.md, "Views
/// that answer at once"), so an hour without such a row would not show its newest minutes.
///
/// Most minutes find their hour in memory: the file is asked once a series and hour.
/// Threads: that of its Database. Lifetime: not beyond the database and the list that it was given.
/// Bounds: eight bytes a series.
class WaitingRows {
 public:
  explicit WaitingRows(ListedBuckets& listed) : listed_(listed) {}
  [[nodiscard]] Status Prepare(Database& database);
  /// `row`: of a minute at or after `rolled_until`.
  [[nodiscard]] Status AddFor(const GrowthRow& row, const BatchContext& context);
  /// What was written may have been rolled back.
  void Forget() { hours_.clear(); }

 private:
  ListedBuckets& listed_;
  std::array<Statement, 4> insert_;  ///< by Level
  std::vector<std::int64_t> hours_;  ///< by series: the hour whose row is there
};

}  // namespace keymeter::processor
