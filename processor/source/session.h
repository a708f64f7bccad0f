#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "processor/redis/data_set.h"
#include "processor/source/event_intake.h"
#include "processor/source/output_buffer_probe.h"
#include "processor/source/session_context.h"
#include "processor/source/session_start.h"
#include "processor/source/sweep_schedule.h"
#include "schema/error.h"

namespace keymeter::processor {

/// One session with the relay, from the moment when it is connected and subscribed until either connection
/// goes: what was started, held and seen in it. It ends by being destroyed; nothing of it has to be reset.
///
/// Live, events lead the readings, and a sweep each minute looks for what no event announced; where no events
/// can come, more frequent sweeps are all there is. How it begins: SessionStart. What is known beyond it:
/// SessionContext.
/// Threads: loop thread. Lifetime: borrows what the context names. A call that ends the session
/// (RedisLink::Fail) destroys it before it returns: it is the last thing that a method does. Bounds: see
/// EventIntake.
/// Tested by tests/processor/source/session_test.cc, tests/integration/falls_test.cc, absence_test.cc,
/// profiles_test.cc and source_faults_test.cc.
class Session {
 public:
  Session(const SessionContext& context, SourceInfo info, std::function<void()> on_baseline_read);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Begin();
  void OnSecond(std::int64_t now_ms);
  void OnEvent(KeyEvent event, std::string_view key) {
    if (intake_.Take(event, key)) context_.readers.counters.OnDirty();
  }
  /// The last counter of the backlog has been read: the end of a baseline, a sweep, an audit's hours.
  void OnBacklogRead();
  void OnDataSetChanged(DataSetChange change);
  /// Concludes the offset, when what was seen allows it by now.
  void SettleOffset(std::int64_t now_ms);

  /// Nothing that was announced waits to be read.
  [[nodiscard]] bool IsSettled() const { return !intake_.IsHolding() && context_.readers.counters.IsIdle(); }
  [[nodiscard]] bool IsBaselineRead() const { return start_.IsBaselineRead(); }
  /// Why nothing is metered, or not all of it; empty when all is well.
  [[nodiscard]] const std::string& problem() const {
    return start_.problem().empty() ? info_.problem : start_.problem();
  }
  [[nodiscard]] std::int64_t last_event_ms() const { return intake_.last_event_ms(); }
  [[nodiscard]] const OutputBufferProbe& output_buffer() const { return output_buffer_; }

 private:
  void BeginAnewWithProfile();
  void MeasureRoundTrip();
  void BelieveEvents(std::int64_t now_ms);
  void ProbeAgainWhenDue();
  void LookAtDataSet();
  void OnAllEnded(End end);
  void ReadAllAgain();
  void ProveCoverage(std::int64_t now_ms);
  void AuditWhenDue(std::int64_t now_ms);
  void SweepWhenDue(std::int64_t now_ms);
  void ScanEntitiesWhenDue();
  void FinishSweep();
  [[nodiscard]] bool IsLive() const;
  [[nodiscard]] bool HasFallenSilent();

  const SessionContext context_;
  SourceInfo info_;
  SessionStart start_;
  EventIntake intake_;
  SweepSchedule schedule_;
  OutputBufferProbe output_buffer_;
  int probes_ = 0;                ///< while profile or offset is not known
  bool is_sweep_proved_ = false;  ///< the sweep under way has found every counter
  bool is_rereading_ = false;     ///< everything, because the data set was emptied
  bool is_reread_again_ = false;  ///< it was emptied once more meanwhile
};

}  // namespace keymeter::processor
