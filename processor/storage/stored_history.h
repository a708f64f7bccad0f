#pragma once

#include <cstdint>

#include "processor/metering/history_rows.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Reads what our file holds of a day or month, to be compared with what the relay holds of it.
///
/// Threads: that of its Database. Lifetime: not beyond the database that it was prepared for.
class StoredHistory {
 public:
  [[nodiscard]] Status Prepare(Database& database);

  struct Ours {
    Amounts rows;      ///< what our rows of the bucket hold
    Amounts adjusted;  ///< what the relay lost of it, by `adjustments`
  };
  /// Minutes from `rolled_until` on are not in the coarser rows yet, and are added.
  [[nodiscard]] Result<Ours> Read(const CoarseReading& reading, std::int64_t utc_offset_s,
                                  std::int64_t rolled_until);

 private:
  Status Add(Statement& query, Amounts& sum);

  Statement day_;
  Statement month_;
  Statement minutes_;
  Statement adjustments_;
};

/// How the relay's values differ from ours: growth that lies in no finer bucket, or a fall.
struct HistoryVerdict {
  Amounts growth;
  Amounts lost;  ///< not zero: a fall that no adjustment explains
};
/// An adjustment of an hour may or may not have happened to the day as well (a reset deletes both; somebody
/// may have corrected only one by hand). So growth is what the relay holds beyond our rows; only where that
/// would be negative, beyond our rows less the adjustments. Nothing can count twice. Decided for the whole
/// hash.
[[nodiscard]] HistoryVerdict CompareHistory(const Amounts& relay, const StoredHistory::Ours& ours);

/// True when our value and the relay's differ by more than the adjustments may explain; for one metric.
[[nodiscard]] bool IsDrift(std::int64_t relay, std::int64_t ours, std::int64_t adjusted);

}  // namespace keymeter::processor
