#pragma once

#include <array>
#include <cstdint>

#include "schema/civil_time.h"
#include "schema/error.h"
#include "schema/metrics.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Lists the buckets of hours, days and months that rows stand in. The views of usage start from these lists
/// (see schema/DESIGN.md, "Views that answer at once"): rows of a bucket that is not listed are not shown.
///
/// Here and not a trigger: with one, SQLite copies what a roll-up selects before it inserts it.
/// Tested by tests/processor/storage/waiting_rows_test.cc.
/// Threads: that of its Database. Lifetime: not beyond the database that it was prepared for.
class ListedBuckets {
 public:
  [[nodiscard]] Status Prepare(Database& database);
  /// Before or after a row of that bucket is written, in the same transaction. `level`: hour, day or month;
  /// `utc_offset_s`: the one that the bucket was made by.
  [[nodiscard]] Status List(Level level, std::int64_t bucket, std::int64_t utc_offset_s);
  /// What was listed may have been rolled back.
  void Forget() { last_.fill(kNone); }

 private:
  static constexpr std::int64_t kNone = -1;

  std::array<Statement, 4> insert_;                               ///< by Level
  std::array<std::int64_t, 4> last_{kNone, kNone, kNone, kNone};  ///< likewise: rows come by bucket, mostly
};

}  // namespace keymeter::processor
