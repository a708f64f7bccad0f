#pragma once

#include <cstdint>
#include <optional>

#include "processor/metering/growth.h"
#include "processor/metering/write_batch.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Tells what the relay's closed day or month holds beyond our rows of it, which are the sums of finer ones.
///
/// Threads: the writer thread. Lifetime: not beyond the database that it was prepared for.
class StoredHistory {
 public:
  [[nodiscard]] Status Prepare(Database& database);

  /// What our rows of the bucket hold, and what `adjustments` say that the relay lost of it. Minutes from
  /// `rolled_until` on are not in the coarser rows yet, and are added.
  struct Ours {
    Amounts rows;
    Amounts adjusted;
  };
  [[nodiscard]] Result<Ours> Read(const CoarseReading& reading, std::int64_t utc_offset_s,
                                  std::int64_t rolled_until);

 private:
  Status Add(Statement& query, Amounts& sum);

  Statement day_;
  Statement month_;
  Statement minutes_;
  Statement adjustments_;
};

/// What is to be done about it: growth that lies in no finer bucket, or a fall.
///
/// An adjustment of an hour may or may not have happened to the day as well (a reset deletes both, a hand may
/// correct one). So growth is what is beyond our rows; only where that would be below zero, beyond our rows
/// less the adjustments: nothing can count twice. Decided for the whole hash.
struct HistoryVerdict {
  Amounts growth;
  Amounts lost;  ///< not zero: a fall that no adjustment explains
};
[[nodiscard]] HistoryVerdict CompareHistory(const Amounts& relay, const StoredHistory::Ours& ours);

/// Whether ours and the relay's differ by more than the adjustments may explain, for one metric.
[[nodiscard]] bool IsDrift(std::int64_t relay, std::int64_t ours, std::int64_t adjusted);

}  // namespace keymeter::processor
