#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "schema/civil_time.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Notes which closed buckets a transaction changes, so that readers who keep them in memory read them again
/// (`bucket_change`; see query-api/DESIGN.md).
///
/// Threads: that of its Database. Lifetime: not beyond the database that it was prepared for. Bounds: a
/// transaction's changed buckets in memory; kListed of them in the file, the oldest are dropped and
/// `changes_from` says so.
class BucketChangeWriter {
 public:
  static constexpr std::int64_t kListed = 8192;

  [[nodiscard]] Status Prepare(Database& database);

  void Begin() { changed_.clear(); }
  void Note(Level level, std::int64_t bucket);
  /// Writes what was noted since Begin, as changed by the data version that the transaction leads to.
  [[nodiscard]] Status Write();

 private:
  std::vector<std::pair<Level, std::int64_t>> changed_;
  Statement put_;
  Statement find_surplus_;
  Statement drop_;
  Statement put_dropped_;
};

}  // namespace keymeter::processor
