#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "processor/metering/meter.h"
#include "processor/runtime/event_loop.h"
#include "processor/runtime/metrics_snapshot.h"
#include "processor/source/source_session.h"
#include "processor/storage/writer_thread.h"
#include "schema/clock.h"

namespace keymeter::processor {

struct FlushOptions {
  std::string db_path;  ///< for the log
  std::int64_t flush_interval_ms = 1000;
  FileLimits file{};
};

/// The file's side of the processor: collects what is not durable yet and has it written, one transaction
/// each flush interval. What SQLite refuses comes back, is merged with what grew meanwhile, and is tried
/// again.
///
/// Threads: loop thread; the writing itself is the WriterThread's. Lifetime: borrows all that it is given.
class FlushCycle {
 public:
  FlushCycle(const EventLoop& loop, const Clock& clock, MeteringPlan& plan, FlushOptions options,
             Meter& meter, SourceSession& source, MetricsSnapshot& metrics, WindowWriter writer);

  /// From now on, each flush interval.
  void Start();
  /// At once, unless a flush is under way.
  void Flush();
  /// The next flush writes these prices.
  void LoadPrices(std::shared_ptr<const PriceList> prices) { prices_ = std::move(prices); }
  /// The last flush, and everything moved into the file; what the file of ours holds is saved when another
  /// one stands in its place. Blocks the loop: nothing comes after it.
  [[nodiscard]] Status Finish();
  [[nodiscard]] bool IsWritable() const { return problem_.empty(); }
  /// An error is one that no retry can mend: Finish is all that is left to do.
  [[nodiscard]] const Status& GoingOn() const { return going_on_; }

 private:
  void Pack();
  WriteBatch BuildBatch(std::int64_t now_ms);
  Heartbeat BuildHeartbeat(std::int64_t now_ms);
  void ForgetOldReadings(WriteBatch& batch, std::int64_t now_ms);
  [[nodiscard]] std::int64_t ReachedHour(std::int64_t now_ms) const;
  void TakeBack(WriteBatch& refused);
  void TakeOutcome(std::optional<WriterThread::Outcome> outcome);
  void Report(const Status& status);
  [[nodiscard]] Status WriteLast(WindowWriter& writer, const WriteBatch& batch, std::int64_t now_ms);
  void Rescue(WindowWriter& writer) const;
  void ReportFile(const FileFigures& file);
  void ReportPrices(const PriceReport& report);

  const Clock& clock_;
  MeteringPlan& plan_;
  const FlushOptions options_;
  Meter& meter_;
  SourceSession& source_;
  MetricsSnapshot& metrics_;
  const std::int64_t started_ms_;
  const std::int64_t started_monotonic_ms_;

  Timer timer_;
  Timer pack_;  ///< while counters of closed hours are being packed
  Wakeup written_;
  WriterThread writer_;
  std::shared_ptr<const PriceList> prices_;  ///< read, and not in the file yet; null: none
  std::string problem_;                      ///< why the last flush failed; empty when it did not
  Status going_on_;
  std::int64_t forgotten_before_ = 0;
  std::int64_t drain_ms_ = 0;                  ///< what moving rows into the last batch took
  std::optional<std::int64_t> not_before_ms_;  ///< monotonic: when a flush may be tried again
};

}  // namespace keymeter::processor
