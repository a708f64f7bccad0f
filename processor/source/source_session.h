#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "processor/metering/audit_findings.h"
#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/metering/restart_state.h"
#include "processor/metering/write_batch.h"
#include "processor/redis/redis_link.h"
#include "processor/redis/redis_target.h"
#include "processor/runtime/last_failure.h"
#include "processor/source/relay_readers.h"
#include "processor/source/session.h"
#include "processor/source/source_figures.h"
#include "schema/clock.h"
#include "schema/error.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// The source's side of the processor: keeps a session with the relay up, and owns what outlives sessions.
///
/// What lives as long as one session only is the Session's. Here is what a flush takes, what is known of the
/// source (its UTC offset, its data set), what has been counted, and the end of one session and the beginning
/// of the next.
/// Threads: loop thread. Lifetime: borrows all that it is given. Bounds: one session at a time; see Session
/// and RelayReaders.
/// Tested by tests/integration/source_faults_test.cc, absence_test.cc, falls_test.cc and
/// tests/integration/faults.
class SourceSession {
 public:
  /// What a source is watched with, and what the file knows of it already.
  struct Options {
    RedisTarget redis;
    std::int64_t poll_ms;  ///< above 0: sweeps so often, instead of events
    /// Identifies the data set that all readings in the meter came from; empty: not known.
    std::string data_set;
    std::optional<std::int64_t> utc_offset_s;  ///< empty: to be found
    OffsetOrigin offset_origin = OffsetOrigin::kUnknown;
    RelayReaders::Options readers;
  };

  SourceSession(const EventLoop& loop, const Clock& clock, const Options& options, MeteringPlan& plan,
                Meter& meter, std::function<void()> on_baseline_read);

  /// What the file holds, before Start: the first session finds out what of it has gone meanwhile.
  void RestoreEntities(const StoredEntities& stored) { readers_.entities.Restore(stored); }
  void Start() { link_.Start(); }
  void Stop();
  /// Our wall clock was set, by so much: ends the session, if there is one; the next reads anew what there
  /// is.
  void OnClockStep(std::int64_t step_ms);
  /// The offset that the relay shows, where the one that is metered by was only inferred: all that is in the
  /// file lies in wrong hours by the difference.
  [[nodiscard]] std::optional<std::int64_t> OffsetToTake() const;
  /// Once a second. An error is one that no retry can mend.
  [[nodiscard]] Status OnSecond(std::int64_t now_ms);

  void ReadNow() { readers_.counters.ReadNow(); }
  /// Nothing that was announced waits to be read. True also when there is no session.
  [[nodiscard]] bool IsSettled() const { return !session_ || session_->IsSettled(); }
  /// Concludes the offset, when what was seen allows it by now.
  void SettleOffset(std::int64_t now_ms);

  [[nodiscard]] bool IsConnected() const { return session_.has_value(); }
  [[nodiscard]] const std::string& redis_version() const { return redis_version_; }
  /// Why nothing is metered, or not all of it; empty when all is well.
  [[nodiscard]] std::string problem() const;
  [[nodiscard]] std::int64_t last_event_ms() const;
  /// Longest delay from an event to its reading since the last call, milliseconds.
  std::int64_t TakeLongestDelayMs() { return readers_.counters.TakeLongestDelayMs(); }
  /// Baseline, days and months: all that the relay kept is inside the rows, or in the next batch. While the
  /// offset is unknown, nothing can be read, so only the baseline counts.
  [[nodiscard]] bool IsHistoryRead() const;
  [[nodiscard]] SourceFigures figures() const;

  /// Into a batch and, when SQLite refused it, back.
  void Drain(WriteBatch& batch);
  void Undrain(WriteBatch& batch);
  void OnFindings(const AuditFindings& findings) { readers_.audit.OnFindings(findings); }
  void OnHistoryFindings(const HistoryFindings& findings) { readers_.history.OnFindings(findings); }

 private:
  void OnReady(const SourceInfo& info);
  void OnLost(const Error& why);
  void OnUnreachable(const Error& why);
  void OnEvent(KeyEvent event, std::string_view key) {
    if (session_) session_->OnEvent(event, key);
  }
  void EndSession();
  [[nodiscard]] Status CheckOffset() const;

  const EventLoop& loop_;
  const Clock& clock_;
  const std::string source_name_;
  const std::int64_t poll_ms_;
  MeteringPlan& plan_;
  Meter& meter_;
  const std::function<void()> on_baseline_read_;

  OffsetDetector offset_;
  std::string data_set_;
  std::string redis_version_;
  std::int64_t last_event_ms_ = 0;  ///< of earlier sessions
  SourceCounts counts_;
  LastFailure link_failure_;  ///< why there is no session
  RedisLink link_;
  RelayReaders readers_;
  std::optional<Session> session_;  ///< from OnReady to OnLost; last, for it uses all of the above
};

}  // namespace keymeter::processor
