#pragma once

#include <cstdint>
#include <optional>

#include "processor/metering/write_batch.h"
#include "processor/storage/bucket_changes.h"
#include "schema/error.h"
#include "schema/horizons.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// What the parts of one batch share while it is being written.
struct BatchContext {
  std::int64_t flush_ms;      ///< when the batch was made
  std::int64_t utc_offset_s;  ///< where days begin, those of this batch included
  std::int64_t rolled_until;  ///< epoch seconds: minutes before this are in hour, day and month
  const Horizons& horizons;
  BucketChanges& changes;
  /// Set by a part that wrote what readers of the file show: the data version is raised.
  bool has_new_data = false;
  /// Set by the part that judges history: not all of it could be judged, so it is due since then.
  std::optional<std::int64_t> history_still_due_ms{};

  [[nodiscard]] bool IsKept(Level level, std::int64_t bucket) const {
    return horizons.KeptLevel(level, bucket) == level;
  }
};

/// Writes one kind of rows of a batch (see storage/DESIGN.md: "A new kind of row").
///
/// Not for work of its own on the file, in transactions of its own: that is RetentionWriter's and
/// FileMaintenance's.
/// Threads: that of the WindowWriter that owns it; made and prepared on another one before.
/// Bounds: one virtual call a batch, none a row.
class BatchPart {
 public:
  BatchPart() = default;
  BatchPart(const BatchPart&) = delete;
  BatchPart& operator=(const BatchPart&) = delete;
  virtual ~BatchPart() = default;

  /// Prepares its statements; called once, before any Write.
  [[nodiscard]] virtual Status Prepare(Database& database) = 0;
  /// Inside the batch's transaction. An error rolls all of the batch back, and it may be written again later:
  /// what the part keeps in memory must still be right then, or be given up in ForgetWritten.
  [[nodiscard]] virtual Status Write(const WriteBatch& batch, BatchContext& context) = 0;
  /// What was written since may have been rolled back, or moved.
  virtual void ForgetWritten() {}
};

/// A part that looks at one set of rows only. Threads: as BatchPart.
template <typename Rows>
class RowsPart : public BatchPart {
 public:
  [[nodiscard]] Status Write(const WriteBatch& batch, BatchContext& context) final {
    const Rows* rows = batch.Find<Rows>();
    return rows == nullptr ? Status() : WriteRows(*rows, context);
  }

 private:
  [[nodiscard]] virtual Status WriteRows(const Rows& rows, BatchContext& context) = 0;
};

}  // namespace keymeter::processor
