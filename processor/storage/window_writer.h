#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/metering/audit_findings.h"
#include "processor/metering/write_batch.h"
#include "processor/storage/batch_part.h"
#include "processor/storage/retention_writer.h"
#include "processor/storage/roll_up_writer.h"
#include "schema/error.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

class AuditWriter;
class HistoryWriter;
class PriceWriter;
class ReadingWriter;
class RecoveryWriter;

/// Owns the only writing connection, and writes batches through it: each in one transaction, by a list of
/// parts (BatchPart), one for each kind of rows.
///
/// A new kind of rows is a part of its own, not code in here: see storage/DESIGN.md.
/// Threads: one at a time, the writer thread once it runs. Lifetime: owns the connection and the parts.
class WindowWriter {
 public:
  /// Opens and migrates the file.
  static Result<WindowWriter> Open(const std::string& path);
  WindowWriter(WindowWriter&& other) noexcept;
  WindowWriter& operator=(WindowWriter&& other) noexcept;
  ~WindowWriter();

  /// Registers a part of another room, before the first Write. It is written behind all kinds of rows of this
  /// room, and before the state.
  [[nodiscard]] Status Add(std::unique_ptr<BatchPart> part);

  /// All of it in one transaction, or nothing.
  [[nodiscard]] Status Write(const WriteBatch& batch);
  /// Adds the minutes before `until` (epoch seconds, a minute's start) that are not in hour, day and month
  /// yet.
  [[nodiscard]] Status RollUp(std::int64_t until);
  [[nodiscard]] Status Checkpoint() { return database_.Checkpoint(); }

  /// Takes over how far the file is rolled up and kept, and its offset: something else has changed them.
  [[nodiscard]] Status Reload();

  /// What the last batch changed about prices, if anything.
  [[nodiscard]] Result<std::optional<PriceReport>> TakePriceReport();
  /// What the last batch's part of an audit found, if it had one.
  [[nodiscard]] std::optional<AuditFindings> TakeFindings();
  /// What the last batch's days and months came to, if it had any.
  [[nodiscard]] std::optional<HistoryFindings> TakeHistoryFindings();

  /// For opening, care and rescue; not while the writer thread runs.
  Database& database() { return database_; }
  RetentionWriter& retention() { return retention_; }
  [[nodiscard]] std::int64_t rolled_until() const { return rolled_until_; }
  [[nodiscard]] std::int64_t utc_offset_s() const { return utc_offset_s_; }

 private:
  explicit WindowWriter(Database database);
  void MakeParts();
  Status Prepare();
  Status WriteAtOnce(const WriteBatch& batch);
  void ForgetWritten();
  Status WriteParts(const WriteBatch& batch);

  Database database_;
  std::unique_ptr<RecoveryWriter> recoveries_;     ///< borrowed by parts
  std::vector<std::unique_ptr<BatchPart>> parts_;  ///< in the order in which a batch is written
  std::size_t last_parts_ = 0;                     ///< how many of them come behind those of other rooms
  ReadingWriter* readings_ = nullptr;              ///< one of parts_, as are the next three
  PriceWriter* prices_ = nullptr;
  HistoryWriter* history_ = nullptr;
  AuditWriter* audits_ = nullptr;
  RollUpWriter roll_up_;
  RetentionWriter retention_;
  BucketChanges changes_;
  Statement put_rolled_until_;
  std::int64_t rolled_until_ = 0;
  std::int64_t utc_offset_s_ = 0;
};

}  // namespace keymeter::processor
