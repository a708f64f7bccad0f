#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "processor/metering/write_batch.h"
#include "processor/storage/audit_writer.h"
#include "processor/storage/bucket_change_writer.h"
#include "processor/storage/entity_writer.h"
#include "processor/storage/price_writer.h"
#include "processor/storage/reading_writer.h"
#include "processor/storage/retention_writer.h"
#include "processor/storage/roll_up_writer.h"
#include "processor/storage/stored_history.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

/// Writes batches into the file: growth into every level that it belongs to, with the readings that it came
/// from.
///
/// A minute that is rolled up already (its growth comes late) is added to hour, day and month at once, so
/// the levels agree after every transaction. One that is not kept any more (see RetentionWriter) has its
/// growth in the hour, untimed; likewise an hour, in its day. Buckets that end before what is rolled up are
/// closed: when one changes all the same, that is noted for readers (see BucketChangeWriter).
/// Threads: one at a time, the writer thread once it runs. Lifetime: owns the connection, the only
/// writing one.
class WindowWriter {
 public:
  /// Opens and migrates the file.
  static Result<WindowWriter> Open(const std::string& path);

  /// All of it in one transaction, or nothing.
  [[nodiscard]] Status Write(const WriteBatch& batch);
  /// Adds the minutes before `until` (epoch seconds, a minute's start) that are not in hour, day and month
  /// yet.
  [[nodiscard]] Status RollUp(std::int64_t until);
  [[nodiscard]] Status Checkpoint() { return database_.Checkpoint(); }

  /// What the last batch changed about prices, if anything.
  [[nodiscard]] Result<std::optional<PriceReport>> TakePriceReport() { return prices_.TakeReport(); }

  /// What the audit part of the last batch found, if it had one.
  [[nodiscard]] std::optional<AuditFindings> TakeFindings() { return std::exchange(findings_, {}); }

  Database& database() { return database_; }
  RetentionWriter& retention() { return retention_; }
  [[nodiscard]] std::int64_t rolled_until() const { return rolled_until_; }
  [[nodiscard]] std::int64_t utc_offset_s() const { return utc_offset_s_; }

 private:
  explicit WindowWriter(Database database) : database_(std::move(database)) {}
  Status Prepare();
  Status WriteAll(const WriteBatch& batch);
  Status WriteGap(const GapRow& row);
  Status WriteRecovery(const GapRecovery& recovery);
  Status WriteAdjustment(const AdjustmentRow& row);
  Status WriteHistory(const WriteBatch& batch);
  Status WriteCoarse(const CoarseReading& reading, std::int64_t now_ms, GapRecovery& recovery);
  Status WriteAudit(const WriteBatch& batch);
  [[nodiscard]] AuditStep KeptPart(AuditStep step) const;
  [[nodiscard]] bool IsKept(Level level, std::int64_t bucket) const {
    return retention_.horizons().KeptLevel(level, bucket) == level;
  }
  Status WriteGrowth(const GrowthRow& row);
  [[nodiscard]] GrowthRow Kept(const GrowthRow& row) const;
  Status AddTo(Level level, const GrowthRow& row);
  Status WriteState(const WriteBatch& batch);

  Database database_;
  ReadingWriter readings_;
  RollUpWriter roll_up_;
  EntityWriter entities_;
  PriceWriter prices_;
  StoredHistory history_;
  AuditWriter audits_;
  std::optional<AuditFindings> findings_;
  RetentionWriter retention_;
  BucketChangeWriter changes_;
  std::array<Statement, 4> add_to_level_;  ///< by Level
  Statement add_untimed_;
  Statement add_series_;
  Statement add_adjustment_;
  Statement grow_gap_;
  Statement add_gap_;
  Statement add_recovery_;
  Statement add_coverage_;
  Statement put_profile_use_;
  Statement put_rolled_until_;
  Statement put_state_;
  std::int64_t rolled_until_ = 0;
  std::int64_t utc_offset_s_ = 0;
};

}  // namespace keymeter::processor
