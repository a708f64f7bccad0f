#pragma once

#include <array>
#include <cstdint>

#include "schema/civil_time.h"
#include "schema/error.h"
#include "schema/metrics.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Adds minutes to hour, day and month, inside the caller's transaction.
///
/// One minute after another: a minute's rows are in the order of the coarser tables' keys, each series once,
/// so they are added as they are read. There is one minute as a rule, for which sums by GROUP BY over several
/// minutes would cost more than twice as much.
/// Threads: that of its Database. Lifetime: not beyond the database that it was prepared for.
class RollUpWriter {
 public:
  [[nodiscard]] Status Prepare(Database& database);
  /// The minutes of [from, until), epoch seconds.
  [[nodiscard]] Status Add(std::int64_t from, std::int64_t until, std::int64_t utc_offset_s);

 private:
  struct Coarser {
    Level level;
    Statement add;
  };
  Status AddMinute(std::int64_t minute, std::int64_t utc_offset_s);

  Statement next_minute_;
  std::array<Coarser, 3> levels_{{{Level::kHour, {}}, {Level::kDay, {}}, {Level::kMonth, {}}}};
};

}  // namespace keymeter::processor
