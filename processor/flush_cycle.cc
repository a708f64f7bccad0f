#include "processor/flush_cycle.h"

#include <algorithm>
#include <utility>

#include "processor/damage.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kDayHours = 24;

/// Minutes before this are closed: a whole minute lies between them and now.
std::int64_t ClosedUntil(std::int64_t now_ms) {
  return BucketOf(Level::kMinute, now_ms / 1000, 0) - kMinuteSeconds;
}

}  // namespace

FlushCycle::FlushCycle(const EventLoop& loop, const Clock& clock, MeteringPlan& plan, FlushOptions options,
                       Meter& meter, SourceSession& source, MetricsSnapshot& metrics, WindowWriter writer)
    : clock_(clock),
      plan_(plan),
      options_(std::move(options)),
      meter_(meter),
      source_(source),
      metrics_(metrics),
      started_ms_(clock.WallMs()),
      timer_(loop, [this] { Start(); }),
      written_(loop, [this] { TakeOutcome(writer_.TakeOutcome()); }),
      writer_(std::move(writer), [this] { written_.Wake(); }) {}

void FlushCycle::Start() {
  timer_.StartIn(options_.flush_interval_ms);
  Flush();
}

void FlushCycle::Flush() {
  if (writer_.IsBusy() || !going_on_) return;
  const std::int64_t now_ms = clock_.WallMs();
  writer_.Submit(BuildBatch(now_ms), ClosedUntil(now_ms));
}

Status FlushCycle::Finish() {
  timer_.Stop();
  TakeOutcome(writer_.WaitForOutcome());
  const std::int64_t now_ms = clock_.WallMs();
  WriteBatch batch = BuildBatch(now_ms);
  batch.heartbeat.stopped_ms = now_ms;
  batch.heartbeat.is_connected = false;
  WindowWriter writer = writer_.Join();
  Status written = WriteLast(writer, batch, now_ms);
  Status in_place = writer_.file().CheckInPlace();
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
    log::Warn("WAL not emptied", {{"db", options_.db_path}, {"reason", moved.error().message}});
  return {};
}

void FlushCycle::Rescue(WindowWriter& writer) const {
  const auto saved = writer_.file().Rescue(writer.database(), clock_.WallMs());
  if (saved) {
    log::Warn("rescued", {{"db", options_.db_path}, {"to", *saved}, {"holds", "all that was metered"}});
  } else {
    log::Fault("not rescued", {{"db", options_.db_path},
                               {"reason", saved.error().message},
                               {"lost", "minutes; the relay still has the hours"}});
  }
}

WriteBatch FlushCycle::BuildBatch(std::int64_t now_ms) {
  if (source_.IsConnected()) meter_.WatchUntil(now_ms);
  WriteBatch batch;
  meter_.Drain(batch);
  source_.entities().Drain(batch);
  batch.profile = plan_.profile();
  batch.profile_uses = plan_.TakeUnwritten();
  batch.utc_offset_s = source_.utc_offset_s();
  ForgetOldReadings(batch, now_ms);
  if (prices_) batch.prices = PriceLoad{std::exchange(prices_, nullptr), now_ms};
  batch.heartbeat = BuildHeartbeat(now_ms);
  return batch;
}

void FlushCycle::ForgetOldReadings(WriteBatch& batch, std::int64_t now_ms) {
  int keep_hours = 0;
  for (const CounterSpec& spec : plan_.counters()) keep_hours = std::max(keep_hours, spec.keep_hours);
  // By the earlier of the two clocks: if ours jumped ahead, readings that are still needed would be lost.
  const std::int64_t reached = std::min(BucketOf(Level::kHour, now_ms / 1000, 0), meter_.newest_hour());
  const std::int64_t before = reached - (keep_hours + kDayHours) * kHourSeconds;
  if (before <= 0 || before == std::exchange(forgotten_before_, before)) return;
  meter_.counters().ForgetBefore(before);
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
  heartbeat.lag_ms = source_.reader().TakeLongestDelayMs();
  heartbeat.problem = source_.problem();
  metrics_.lag_ms = heartbeat.lag_ms;
  return heartbeat;
}

void FlushCycle::TakeOutcome(std::optional<WriterThread::Outcome> outcome) {
  if (!outcome) return;
  ++metrics_.flushes;
  metrics_.flush_ms = outcome->duration_ms;
  if (outcome->refused) {
    meter_.Undrain(*outcome->refused);
    source_.entities().Undrain(*outcome->refused);
    if (!outcome->refused->profile_uses.empty()) plan_.Unwrite();
    if (outcome->refused->prices && !prices_) prices_ = outcome->refused->prices->list;
    forgotten_before_ = 0;
  }
  if (outcome->prices) ReportPrices(*outcome->prices);
  if (outcome->is_final) going_on_ = Fail(WithRemedy(outcome->status.error(), options_.db_path));
  Report(outcome->status);
}

void FlushCycle::ReportPrices(const PriceReport& report) {
  metrics_.unpriced_models = report.unpriced_models;
  if (report.is_loaded)
    log::Info("prices written", {{"changed", report.changed}, {"unpriced_models", report.unpriced_models}});
}

void FlushCycle::Report(const Status& status) {
  if (!status) ++metrics_.failed_flushes;
  const std::string problem = status ? "" : status.error().message;
  if (problem == std::exchange(problem_, problem)) return;
  if (problem.empty()) {
    log::Info("writing again", {{"db", options_.db_path}});
  } else {
    log::Fault("cannot write", {{"db", options_.db_path},
                                {"reason", problem},
                                {"then", going_on_ ? "kept in memory, trying again" : "ending"}});
  }
}

}  // namespace keymeter::processor
