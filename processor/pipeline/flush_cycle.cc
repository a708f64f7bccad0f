#include "processor/pipeline/flush_cycle.h"

#include <algorithm>
#include <utility>

#include "processor/storage/integrity.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kDayHours = 24;
/// While there is something to pack: about a millisecond each time.
constexpr std::int64_t kPackEveryMs = 20;
constexpr std::int64_t kRetryShare = 10;  ///< retries take at most a tenth of the loop's time

/// Minutes before this are closed: a whole minute lies between them and now.
std::int64_t ClosedUntil(std::int64_t now_ms) {
  return BucketOf(Level::kMinute, now_ms / 1000, 0) - kMinuteSeconds;
}

}  // namespace

FlushCycle::FlushCycle(const EventLoop& loop, const Clock& clock, MeteringPlan& plan, FlushOptions options,
                       Meter& meter, SourceSession& source, WindowWriter writer,
                       std::function<void()> on_figures)
    : loop_(loop),
      clock_(clock),
      plan_(plan),
      options_(std::move(options)),
      meter_(meter),
      source_(source),
      on_figures_(std::move(on_figures)),
      started_ms_(clock.WallMs()),
      timer_(loop, [this] { Start(); }),
      pack_(loop, [this] { Pack(); }),
      written_(loop, [this] { TakeOutcome(writer_.TakeOutcome()); }),
      writer_(
          std::move(writer), [this] { written_.Wake(); }, options_.file) {}

void FlushCycle::Start() {
  timer_.StartIn(options_.flush_interval_ms);
  Flush();
  if (!pack_.IsPending()) Pack();
}

void FlushCycle::Pack() {
  const std::int64_t now_ms = clock_.WallMs();
  // What SQLite may refuse would come back packed, and have to be read again. (The next interval tries
  // again.)
  if (failure_.IsSet() || !meter_.HasToPack(now_ms)) return;
  if (writer_.IsBusy() || meter_.Pack(now_ms)) pack_.StartIn(kPackEveryMs);
}

void FlushCycle::Flush() {
  loop_.AssertInLoopThread("FlushCycle::Flush");
  const std::int64_t begin_ms = clock_.MonotonicMs();
  if (writer_.IsBusy() || !going_on_ || (not_before_ms_ && begin_ms < *not_before_ms_)) return;
  const std::int64_t now_ms = clock_.WallMs();
  WriteBatch batch = BuildBatch(now_ms);
  drain_ms_ = clock_.MonotonicMs() - begin_ms;
  on_figures_();
  writer_.Submit(std::move(batch), ClosedUntil(now_ms), ReachedHour(now_ms));
}

std::int64_t FlushCycle::ReachedHour(std::int64_t now_ms) const {
  // By the earliest of the clocks: if one jumped ahead, rows would go that are to be kept.
  const std::int64_t hour = BucketOf(Level::kHour, ProvenMs(now_ms) / 1000, 0);
  const std::int64_t newest = meter_.newest_hour() > 0 ? meter_.newest_hour() : meter_.farthest_hour();
  return newest > 0 ? std::min(hour, newest) : hour;
}

std::int64_t FlushCycle::ProvenMs(std::int64_t now_ms) const {
  return meter_.time().ProvenMs(now_ms, clock_.MonotonicMs());
}

Status FlushCycle::Finish() {
  timer_.Stop();
  pack_.Stop();
  TakeOutcome(writer_.WaitForOutcome());
  const std::int64_t now_ms = clock_.WallMs();
  WriteBatch batch = BuildBatch(now_ms);
  OrderAsTables(batch);
  batch.heartbeat.stopped_ms = now_ms;
  batch.heartbeat.is_connected = false;
  WindowWriter writer = writer_.Join();
  Status written = WriteLast(writer, batch, now_ms);
  Status in_place = writer_.inode_watch().CheckInPlace();
  if (in_place) return written;
  Rescue(writer);
  return in_place;
}

Status FlushCycle::WriteLast(WindowWriter& writer, const WriteBatch& batch, std::int64_t now_ms) {
  if (auto written = writer.Write(batch); !written) return keymeter::Fail(written.error().In("last flush"));
  if (auto rolled = writer.RollUp(ClosedUntil(now_ms)); !rolled)
    return keymeter::Fail(rolled.error().In("last roll-up"));
  // A reader may be in the way: what stays in the WAL is as durable, only the file is not all in one piece.
  if (auto moved = writer.Checkpoint(); !moved)
    log::Warn("WAL not emptied", {{"db", options_.db_path}, {"reason", moved.error().Text()}});
  return {};
}

void FlushCycle::Rescue(WindowWriter& writer) const {
  const auto saved = writer_.inode_watch().Rescue(writer.database(), clock_.WallMs());
  if (saved) {
    log::Warn("the lost file was saved",
              {{"db", options_.db_path}, {"to", *saved}, {"action", "wrote there all that was metered"}});
  } else {
    log::Fault("not rescued", {{"db", options_.db_path},
                               {"reason", saved.error().Text()},
                               {"next", "minutes are lost; the hours are read again from the relay"}});
  }
}

WriteBatch FlushCycle::BuildBatch(std::int64_t now_ms) {
  if (source_.IsConnected()) meter_.WatchUntil(now_ms);
  WriteBatch batch;
  meter_.Drain(batch);
  source_.Drain(batch);
  batch.time = meter_.time().Proof();
  batch.profile = plan_.profile();
  batch.profile_uses = plan_.TakeUnwritten();
  ForgetOldReadings(batch, now_ms);
  if (prices_) batch.prices = PriceLoad{std::exchange(prices_, nullptr), now_ms};
  batch.heartbeat = BuildHeartbeat(now_ms);
  return batch;
}

void FlushCycle::ForgetOldReadings(WriteBatch& batch, std::int64_t now_ms) {
  int keep_hours = 0;
  for (const CounterSpec& spec : plan_.counters()) keep_hours = std::max(keep_hours, spec.keep_hours);
  // By the earliest of the clocks: if one jumped ahead, readings that are still needed would be lost.
  const std::int64_t reached =
      std::min(BucketOf(Level::kHour, ProvenMs(now_ms) / 1000, 0), meter_.newest_hour());
  const std::int64_t before = reached - (keep_hours + kDayHours) * kHourSeconds;
  if (before <= 0 || before == std::exchange(forgotten_before_, before)) return;
  meter_.ForgetBefore(before);
  batch.forget_readings_before = before;
}

Heartbeat FlushCycle::BuildHeartbeat(std::int64_t now_ms) {
  Heartbeat heartbeat;
  heartbeat.started_ms = started_ms_;
  heartbeat.is_connected = source_.IsConnected();
  heartbeat.is_baseline_read = meter_.is_baseline_read();
  heartbeat.redis_version = source_.redis_version();
  heartbeat.last_event_ms = source_.last_event_ms();
  heartbeat.flush_ms = now_ms;
  heartbeat.flush_interval_ms = options_.flush_interval_ms;
  heartbeat.lag_ms = source_.TakeLongestDelayMs();
  heartbeat.problem = source_.problem();
  figures_.lag_ms = heartbeat.lag_ms;
  return heartbeat;
}

void FlushCycle::TakeOutcome(std::optional<WriterThread::Outcome> outcome) {
  if (!outcome) return;
  if (outcome->refused) TakeBack(*outcome->refused);
  if (outcome->findings) {
    figures_.drift = outcome->findings->all_drift;
    source_.OnFindings(*outcome->findings);
  }
  if (outcome->history) source_.OnHistoryFindings(*outcome->history);
  if (outcome->prices) ReportPrices(*outcome->prices);
  if (outcome->file) figures_.file = *outcome->file;
  ++figures_.flushes;
  figures_.flush_ms = outcome->duration_ms;
  // What a batch brought in counts as read once it is durable.
  figures_.is_history_read = source_.IsHistoryRead() && !outcome->refused;
  if (!outcome->is_held) {
    held_since_ms_ = 0;
  } else if (held_since_ms_ == 0) {
    held_since_ms_ = clock_.WallMs();
  }
  figures_.held_since_ms = held_since_ms_;
  if (outcome->is_final) going_on_ = Fail(WithRemedy(outcome->status.error(), options_.db_path));
  Report(outcome->status);
  on_figures_();
}

void FlushCycle::TakeBack(WriteBatch& refused) {
  const std::int64_t begin_ms = clock_.MonotonicMs();
  meter_.Undrain(refused);
  source_.Undrain(refused);
  if (!refused.profile_uses.empty()) plan_.Unwrite();
  if (refused.prices && !prices_) prices_ = refused.prices->list;
  forgotten_before_ = 0;
  const std::int64_t now_ms = clock_.MonotonicMs();
  not_before_ms_ = now_ms + kRetryShare * (drain_ms_ + now_ms - begin_ms);
}

void FlushCycle::ReportPrices(const PriceReport& report) {
  figures_.unpriced_models = report.unpriced_models;
  if (!report.is_loaded) return;
  figures_.unusable_prices = report.faults;
  log::Info("prices written", {{"changed", report.changed}, {"unpriced_models", report.unpriced_models}});
}

void FlushCycle::Report(const Status& status) {
  figures_.is_writable = status.has_value();
  if (status) {
    if (failure_.Clear()) log::Info("writing again", {{"db", options_.db_path}});
    return;
  }
  ++figures_.failed_flushes;
  if (failure_.Replace(status.error()))
    log::Fault("cannot write", {{"db", options_.db_path},
                                {"reason", status.error().Text()},
                                {"next", going_on_ ? "kept in memory, trying again" : "ending"}});
}

}  // namespace keymeter::processor
