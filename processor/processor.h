#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/counter_reader.h"
#include "processor/entity_reader.h"
#include "processor/event_loop.h"
#include "processor/event_matcher.h"
#include "processor/hour_walk.h"
#include "processor/meter.h"
#include "processor/metrics_snapshot.h"
#include "processor/offset_detector.h"
#include "processor/offset_probe.h"
#include "processor/redis_link.h"
#include "processor/scan_queue.h"
#include "processor/stored_state.h"
#include "processor/writer_thread.h"
#include "schema/clock.h"
#include "schema/error.h"
#include "schema/profile.h"

namespace keymeter::processor {

struct ProcessorOptions {
  RedisUrl redis;
  std::string db_path;
  Profile profile;
  std::optional<std::int64_t> utc_offset_s;  ///< nothing: found from the relay's keys
  std::int64_t flush_interval_ms = 1000;
};

/// Wires the pieces on the loop thread: the link's events to the meter, the meter's growth to the writer.
/// Decides when things happen (session, baseline, sweep, flush, stop); what they mean is the pieces' own.
///
/// Threads: Run on one thread; Stop and metrics from any. Lifetime: borrows the clock.
class Processor {
 public:
  /// Opens and migrates the file, and loads where metering stopped.
  static Result<std::unique_ptr<Processor>> Open(ProcessorOptions options, const Clock& clock);
  ~Processor();

  /// Until Stop, SIGINT or SIGTERM: then last readings, last flush, checkpoint. An error is one that no retry
  /// can mend.
  [[nodiscard]] Status Run();
  void Stop();

  [[nodiscard]] const MetricsSnapshot& metrics() const { return metrics_; }

 private:
  Processor(ProcessorOptions options, const Clock& clock, WindowWriter writer, StoredState state,
            std::unique_ptr<Meter> meter);

  // The session with the source.
  void OnReady(const SourceInfo& info);
  void OnLost(const Error& why);
  void OnUnreachable(const Error& why);
  void EndSession();
  void OnOffsetKnown();
  void StartBaseline();
  void OnBaselineListed();
  void CompleteBaselineIfRead();

  // Events.
  void OnEvent(KeyEvent event, std::string_view key);
  void OnCounterEvent(KeyEvent event, const EventMatcher::Match& match);
  void MeterEvent(KeyEvent event, const CounterSpec& spec, const KeyParts& parts, std::int64_t naive_hour,
                  std::int64_t now_ms);
  void ReplayHeldEvents();

  // Regular work.
  void OnSecond();
  void FollowClock(std::int64_t now_ms);
  void ProveCoverage(std::int64_t now_ms);
  void SweepWhenDue(std::int64_t now_ms);
  void Flush();
  WriteBatch BuildBatch(std::int64_t now_ms);
  Heartbeat BuildHeartbeat(std::int64_t now_ms);
  void OnWritten();
  void TakeOutcome(std::optional<WriterThread::Outcome> outcome);
  void UpdateMetrics();

  // The end.
  void BeginStop();
  void AwaitLastReadings();
  void FinishStop();
  void StopWith(const Error& error);

  /// An event of a counter whose hour cannot be told before the offset is known.
  struct HeldEvent {
    std::size_t spec;
    std::string id;
    std::string model;
    std::int64_t naive_hour;
    std::int64_t at_ms;
    KeyEvent event;
  };

  ProcessorOptions options_;
  const Clock& clock_;
  EventLoop loop_;
  MetricsSnapshot metrics_;
  std::unique_ptr<Meter> meter_;
  EventMatcher matcher_;
  OffsetDetector offset_;
  RedisLink link_;
  ScanQueue scans_;
  CounterReader reader_;
  EntityReader entities_;
  HourWalk walk_;
  OffsetProbe offset_probe_;
  Timer second_;
  Timer flush_;
  Timer stop_;
  Wakeup written_;
  Wakeup stop_requested_;
  SignalWatch interrupt_;
  SignalWatch terminate_;
  WriterThread writer_;

  Status result_;
  SourceInfo source_;
  std::string link_problem_;   ///< why there is no session; empty while there is one
  std::string write_problem_;  ///< why the last flush failed; empty when it did not
  std::vector<HeldEvent> held_;
  bool offset_was_known_ = false;
  bool is_listing_baseline_ = false;
  bool is_baseline_listed_ = false;
  bool is_stopping_ = false;
  std::int64_t started_ms_ = 0;
  std::int64_t stop_by_ms_ = 0;
  std::int64_t session_begin_monotonic_ms_ = 0;
  std::int64_t last_event_ms_ = 0;
  std::int64_t events_since_flush_ = 0;
  std::int64_t last_wall_ms_ = 0;
  std::int64_t last_swept_minute_ = 0;
  std::int64_t last_forgotten_hour_ = 0;
  std::int64_t seconds_ = 0;
};

}  // namespace keymeter::processor
