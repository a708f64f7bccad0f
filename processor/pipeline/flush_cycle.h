#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "processor/metering/meter.h"
#include "processor/pipeline/flush_figures.h"
#include "processor/runtime/last_failure.h"
#include "processor/source/source_session.h"
#include "processor/storage/writer_thread.h"
#include "schema/clock.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// Which file a FlushCycle writes, how often, and within which limits. Tested with FlushCycle.
struct FlushOptions {
  std::string db_path;  ///< for the log
  std::int64_t flush_interval_ms;
  FileLimits file;
};

/// The file's side of the processor: collects what is not durable yet and has it written, one transaction
/// each flush interval. What SQLite refuses comes back, is merged with what grew meanwhile, and is tried
/// again.
///
/// Not for what the writer thread does with a batch: see WriterThread. Threads: loop thread. Lifetime:
/// borrows all that it is given. Bounds: one batch under way; after a refusal, batches take at most a tenth
/// of the loop's time.
/// Tested by tests/processor/pipeline/flush_cycle_test.cc, tests/integration/sqlite_stress_test.cc,
/// kill_test.cc and file_guard_test.cc.
class FlushCycle {
 public:
  /// `on_figures`: they have changed, because a batch was taken or its outcome is there.
  FlushCycle(const EventLoop& loop, const Clock& clock, MeteringPlan& plan, FlushOptions options,
             Meter& meter, SourceSession& source, WindowWriter writer, std::function<void()> on_figures);

  /// From now on, each flush interval.
  void Start();
  /// At once, unless a flush is under way.
  void Flush();
  /// The next flush writes these prices.
  void LoadPrices(std::shared_ptr<const PriceList> prices) { prices_ = std::move(prices); }
  /// The last flush, and everything moved into the file. If another file stands at our path, the content of
  /// ours is saved beside it. Blocks the loop: nothing comes after it.
  [[nodiscard]] Status Finish();
  [[nodiscard]] const FlushFigures& figures() const { return figures_; }
  /// An error is one that no retry can mend: Finish is all that is left to do.
  [[nodiscard]] const Status& GoingOn() const { return going_on_; }

 private:
  void Pack();
  WriteBatch BuildBatch(std::int64_t now_ms);
  Heartbeat BuildHeartbeat(std::int64_t now_ms);
  void ForgetOldReadings(WriteBatch& batch, std::int64_t now_ms);
  [[nodiscard]] std::int64_t ReachedHour(std::int64_t now_ms) const;
  [[nodiscard]] std::int64_t ProvenMs(std::int64_t now_ms) const;
  void TakeBack(WriteBatch& refused);
  void TakeOutcome(std::optional<WriterThread::Outcome> outcome);
  void Report(const Status& status);
  [[nodiscard]] Status WriteLast(WindowWriter& writer, const WriteBatch& batch, std::int64_t now_ms);
  void Rescue(WindowWriter& writer) const;
  void ReportPrices(const PriceReport& report);

  const EventLoop& loop_;
  const Clock& clock_;
  MeteringPlan& plan_;
  const FlushOptions options_;
  Meter& meter_;
  SourceSession& source_;
  const std::function<void()> on_figures_;
  const std::int64_t started_ms_;

  Timer timer_;
  Timer pack_;  ///< while counters of closed hours are being packed
  Wakeup written_;
  WriterThread writer_;
  std::shared_ptr<const PriceList> prices_;  ///< read, and not in the file yet; null: none
  LastFailure failure_;                      ///< why the last flush failed; none when it succeeded
  std::int64_t held_since_ms_ = 0;           ///< a reader keeps the WAL full since then; 0: none does
  FlushFigures figures_;
  Status going_on_;
  std::int64_t forgotten_before_ = 0;
  std::int64_t drain_ms_ = 0;                  ///< what moving rows into the last batch took
  std::optional<std::int64_t> not_before_ms_;  ///< monotonic: when a flush may be tried again
};

}  // namespace keymeter::processor
