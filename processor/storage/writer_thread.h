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
/// Doors: Submit puts a batch in, `on_done` (called on this thread, to wake the loop) and TakeOutcome
/// bring its fate back.
/// Threads: all calls from the loop thread.
class WriterThread {
 public:
  struct Outcome {
    Status status;
    std::optional<WriteBatch> refused;      ///< the batch itself when SQLite refused it
    bool is_held = false;                   ///< it was not tried: see FileMaintenance
    std::optional<PriceReport> prices;      ///< when the batch may have changed them
    std::optional<AuditFindings> findings;  ///< when a part of an audit was in the batch
    std::optional<FileFigures> file;        ///< when it could be looked at
    bool is_final = false;                  ///< no retry can mend it: the file is lost, or damaged
    std::int64_t duration_ms = 0;
  };

  WriterThread(WindowWriter writer, std::function<void()> on_done, const FileLimits& limits = {});
  ~WriterThread();

  /// Not while IsBusy. `roll_up_until`: see WindowWriter::RollUp; `reached`: see FileMaintenance::Trim.
  void Submit(WriteBatch&& batch, std::int64_t roll_up_until, std::int64_t reached = 0);
  [[nodiscard]] bool IsBusy();  ///< or its outcome was not taken yet
  std::optional<Outcome> TakeOutcome();
  /// Waits for the batch under way.
  std::optional<Outcome> WaitForOutcome();

  /// Ends the thread and hands the writer back, for the last write and the checkpoint of a stop.
  WindowWriter Join();

  [[nodiscard]] const InodeWatch& guard() const { return guard_; }

 private:
  void Run();
  struct Job {
    WriteBatch batch;
    std::int64_t roll_up_until = 0;
    std::int64_t reached = 0;
  };
  Outcome WriteOne(Job job);
  Status WriteWithinLimits(Job& job, Outcome& outcome);

  WindowWriter writer_;  // the thread's alone while it runs
  const InodeWatch guard_;
  FileMaintenance keeper_;  // the thread's alone, likewise
  std::function<void()> on_done_;

  Mutex mutex_;  // guards what follows
  CondVar changed_;
  std::optional<Job> next_;
  std::optional<Outcome> outcome_;
  bool is_busy_ = false;
  bool is_stopping_ = false;

  std::thread thread_;  // last: starts when all else stands
};

}  // namespace keymeter::processor
