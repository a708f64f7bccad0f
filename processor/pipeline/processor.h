#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "processor/metering/meter.h"
#include "processor/pipeline/flush_cycle.h"
#include "processor/pipeline/processor_metrics.h"
#include "processor/pipeline/processor_options.h"
#include "processor/pipeline/start_offset.h"
#include "processor/runtime/rolling_longest.h"
#include "processor/source/source_session.h"
#include "processor/storage/stored_state.h"
#include "processor/storage/writer_lock.h"
#include "schema/clock.h"
#include "schema/error.h"
#include "schema/event_loop.h"
#include "schema/profile.h"

namespace keymeter::processor {

/// The loop thread: a source session that feeds the meter, a flush cycle that empties it, what is done once a
/// second, and the stop.
///
/// Threads: Run on one thread; Stop and metrics from any. Lifetime: borrows the clock; runs once. Bounds:
/// those of its parts.
/// Tested by tests/integration/.
class Processor {
 public:
  /// Opens and migrates the file, and loads where metering stopped. Refused, before anything is written,
  /// while another one writes the file, and when it is damaged.
  /// `metrics`: those of the run before, when this one goes on from it.
  static Result<std::unique_ptr<Processor>> Open(
      ProcessorOptions options, const Clock& clock,
      std::shared_ptr<ProcessorMetrics> metrics = std::make_shared<ProcessorMetrics>());

  /// Until Stop, SIGINT or SIGTERM: then last readings, last flush, checkpoint. An error is one that no retry
  /// can mend. It also ends when the relay contradicts an offset that was only inferred: then shown_offset_s
  /// is set, and the caller opens the file again with it (ProcessorOptions), which puts the file right.
  [[nodiscard]] Status Run();
  [[nodiscard]] std::optional<std::int64_t> shown_offset_s() const { return shown_offset_s_; }
  void Stop();
  /// SIGHUP calls this, on the thread of Run, after the prices were read again: a process has one handler of
  /// a signal. Before Run.
  void AlsoOnHangUp(std::function<void()> call) { also_on_hang_up_ = std::move(call); }

  [[nodiscard]] const ProcessorMetrics& metrics() const { return *metrics_; }

 private:
  static Result<std::unique_ptr<Processor>> OpenFile(ProcessorOptions options, const Clock& clock,
                                                     WriterLock lock,
                                                     std::shared_ptr<ProcessorMetrics> metrics);
  Processor(ProcessorOptions options, const Clock& clock, WriterLock lock, WindowWriter writer,
            std::unique_ptr<Meter> meter, MeteringPlan plan, const StoredState& state,
            const StartOffset& offset, std::shared_ptr<ProcessorMetrics> metrics);

  void OnHangUp();
  /// An error is of the list as a whole, and leaves the prices that there are.
  [[nodiscard]] Status LoadPrices();
  /// At each start but the first, and when SIGHUP asks for it. The log says why a list cannot be read.
  void ReloadPrices();
  void OnSecond();
  void EndWith(Status result);
  void FollowClock(std::int64_t now_ms);
  void UpdateMetrics();
  void OnStopRequest();
  void BeginStop();
  void AwaitLastReadings();
  void FinishStop();

  const ProcessorOptions options_;
  const Clock& clock_;
  WriterLock lock_;  // before what writes, to outlive it
  EventLoop loop_;
  RollingLongest loop_longest_;
  std::shared_ptr<ProcessorMetrics> metrics_;
  std::unique_ptr<Meter> meter_;
  MeteringPlan plan_;
  SourceSession source_;
  FlushCycle flush_;
  Timer second_;
  Timer stop_;
  Wakeup stop_requested_;
  SignalWatch interrupt_;
  SignalWatch terminate_;
  SignalWatch hang_up_;
  std::function<void()> also_on_hang_up_;

  Status result_;
  std::optional<std::int64_t> shown_offset_s_;
  bool is_stopping_ = false;
  int stop_polls_ = 0;
};

}  // namespace keymeter::processor
