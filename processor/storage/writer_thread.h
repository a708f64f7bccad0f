#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "processor/metering/write_batch.h"
#include "processor/storage/file_maintenance.h"
#include "processor/storage/inode_watch.h"
#include "processor/storage/window_writer.h"
#include "schema/mutex.h"

namespace keymeter::processor {

/// The thread that owns the only writing connection. One batch is under way at a time; the loop never waits
/// for it.
///
/// Submit hands a batch over; `on_done` (called on the writer thread, to wake the loop) and TakeOutcome hand
/// back what became of it.
///
/// Threads: all calls from the loop thread. The mutex is held to move a batch or an
/// outcome, never while SQLite works. Bounds: one batch.
class WriterThread {
 public:
  struct Outcome {
    Status status;
    std::optional<WriteBatch> refused;       ///< the batch itself, whole, when SQLite refused it
    bool is_held = false;                    ///< nothing was tried: the WAL is full (FileMaintenance)
    std::optional<PriceReport> prices;       ///< when the batch may have changed them
    std::optional<AuditFindings> findings;   ///< when a part of an audit was in the batch
    std::optional<HistoryFindings> history;  ///< when days or months were in the batch
    std::optional<FileFigures> file;         ///< when it could be looked at
    bool is_final = false;                   ///< no retry can mend it: the file is lost, or damaged
    std::int64_t duration_ms = 0;
  };

  WriterThread(WindowWriter writer, std::function<void()> on_done, const FileLimits& limits = {});
  ~WriterThread();

  /// Not while IsBusy. `roll_up_until`: see WindowWriter::RollUp; `reached`: see FileMaintenance::Trim.
  void Submit(WriteBatch&& batch, std::int64_t roll_up_until, std::int64_t reached = 0) EXCLUDES(mutex_);
  /// A batch is under way, or its outcome was not taken yet.
  [[nodiscard]] bool IsBusy() EXCLUDES(mutex_);
  std::optional<Outcome> TakeOutcome() EXCLUDES(mutex_);
  /// Waits for the batch under way.
  std::optional<Outcome> WaitForOutcome() EXCLUDES(mutex_);

  /// Ends the thread and hands the writer back, for the last write and the checkpoint of a stop.
  WindowWriter Join() EXCLUDES(mutex_);

  [[nodiscard]] const InodeWatch& inode_watch() const { return inode_watch_; }

 private:
  struct Job {
    WriteBatch batch;
    std::int64_t roll_up_until = 0;
    std::int64_t reached = 0;
  };
  void Run() EXCLUDES(mutex_);
  std::optional<Job> WaitForJob() EXCLUDES(mutex_);
  Outcome WriteOne(Job job);
  Status WriteWithinLimits(Job& job, Outcome& outcome);

  // Constant after construction.
  const InodeWatch inode_watch_;
  const std::function<void()> on_done_;

  // Used by the thread alone while it runs.
  WindowWriter writer_;
  FileMaintenance maintenance_;

  Mutex mutex_;
  CondVar changed_;  ///< of any of these
  std::optional<Job> next_ GUARDED_BY(mutex_);
  std::optional<Outcome> outcome_ GUARDED_BY(mutex_);
  bool is_busy_ GUARDED_BY(mutex_) = false;
  bool is_stopping_ GUARDED_BY(mutex_) = false;

  std::thread thread_;  ///< the last member: it starts when all others are made
};

}  // namespace keymeter::processor
