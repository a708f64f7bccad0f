#include "processor/processor.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kHourMs = kHourSeconds * 1000;
constexpr std::int64_t kMinuteMs = kMinuteSeconds * 1000;
constexpr std::int64_t kClockStepMs = 5000;
constexpr std::int64_t kSweepAtMs = 2000;  ///< of each minute: behind the reads of the minute that ended
constexpr std::int64_t kSettledMs = 2 * kMinuteMs;  ///< an hour is swept until so long after its end
constexpr std::int64_t kLastReadingsMs = 2000;
constexpr std::int64_t kStopPollMs = 10;
constexpr std::int64_t kGroupsEverySeconds = 10;
constexpr std::size_t kMostHeldEvents = 100'000;

std::int64_t KeepHours(const Profile& profile) {
  int hours = 0;
  for (const CounterSpec& spec : profile.counters) hours = std::max(hours, spec.keep_hours);
  return hours;
}

bool IsGrowth(KeyEvent event) {
  return event == KeyEvent::kHset || event == KeyEvent::kHincrby;
}

Status CheckOffset(const ProcessorOptions& options, const StoredState& state) {
  if (!options.utc_offset_s || !state.utc_offset_s || *options.utc_offset_s == *state.utc_offset_s) return {};
  return Fail(ErrorCode::kInvalid,
              "--utc-offset {}: the days in {} begin at {}; use --utc-offset {}, or name another --db",
              FormatUtcOffset(*options.utc_offset_s), options.db_path, FormatUtcOffset(*state.utc_offset_s),
              FormatUtcOffset(*state.utc_offset_s));
}

}  // namespace

Result<std::unique_ptr<Processor>> Processor::Open(ProcessorOptions options, const Clock& clock) {
  auto writer = WindowWriter::Open(options.db_path);
  if (!writer) return Fail(writer.error());
  auto meter = std::make_unique<Meter>();
  auto state = LoadState(writer->database(), meter->registry(), meter->counters());
  if (!state) return Fail(state.error().In(options.db_path));
  if (auto checked = CheckOffset(options, *state); !checked) return Fail(checked.error());
  meter->Restore(state->covered_until_ms);
  return std::unique_ptr<Processor>(
      new Processor(std::move(options), clock, std::move(*writer), std::move(*state), std::move(meter)));
}

Processor::Processor(ProcessorOptions options, const Clock& clock, WindowWriter writer, StoredState state,
                     std::unique_ptr<Meter> meter)
    : options_(std::move(options)),
      clock_(clock),
      meter_(std::move(meter)),
      matcher_(options_.profile),
      offset_(options_.utc_offset_s ? options_.utc_offset_s : state.utc_offset_s),
      link_(loop_, clock_, options_.redis,
            {[this](const SourceInfo& info) { OnReady(info); }, [this](const Error& why) { OnLost(why); },
             [this](const Error& why) { OnUnreachable(why); },
             [this](KeyEvent event, std::string_view key) { OnEvent(event, key); }}),
      scans_(link_),
      reader_(loop_, clock_, options_.profile, link_, *meter_, [this] { CompleteBaselineIfRead(); }),
      entities_(options_.profile, link_, scans_),
      walk_(options_.profile, matcher_, scans_, *meter_, reader_),
      offset_probe_(options_.profile, clock_, link_, offset_),
      second_(loop_, [this] { OnSecond(); }),
      flush_(loop_, [this] { Flush(); }),
      stop_(loop_, [this] { AwaitLastReadings(); }),
      written_(loop_, [this] { OnWritten(); }),
      stop_requested_(loop_, [this] { BeginStop(); }),
      interrupt_(loop_, SIGINT, [this] { BeginStop(); }),
      terminate_(loop_, SIGTERM, [this] { BeginStop(); }),
      writer_(std::move(writer), [this] { written_.Wake(); }) {
  log::Info("opened", {{"db", options_.db_path},
                       {"series", meter_->registry().size()},
                       {"readings", meter_->counters().size()},
                       {"profile", options_.profile.name}});
}

Processor::~Processor() = default;

Status Processor::Run() {
  started_ms_ = last_wall_ms_ = clock_.WallMs();
  link_problem_ = "not connected yet";
  link_.Start();
  OnSecond();
  Flush();
  loop_.Run();
  return result_;
}

void Processor::Stop() {
  stop_requested_.Wake();
}

// ---- The session with the source
// ------------------------------------------------------------------------------

void Processor::OnReady(const SourceInfo& info) {
  source_ = info;
  link_problem_.clear();
  session_begin_monotonic_ms_ = clock_.MonotonicMs();
  ++metrics_.sessions;
  metrics_.was_subscribed = true;
  log::Info("subscribed", {{"redis", options_.redis.Display()}, {"version", info.redis_version}});
  meter_->BeginSession(clock_.WallMs());
  if (offset_.known()) return OnOffsetKnown();
  offset_probe_.Start([this](bool found_any) {
    if (offset_.known()) return OnOffsetKnown();
    log::Info("UTC offset unknown", {{"until", "the relay writes its next usage"}});
    // Nothing is kept, so nothing was missed: what comes is new.
    if (!found_any) CompleteBaselineIfRead();
    entities_.WalkAll();
  });
}

void Processor::OnOffsetKnown() {
  reader_.SetOffset(*offset_.known());
  if (!std::exchange(offset_was_known_, true))
    log::Info("UTC offset", {{"utc_offset", FormatUtcOffset(*offset_.known())},
                             {"from", options_.utc_offset_s ? "configuration" : "the relay's keys"}});
  ReplayHeldEvents();
  if (meter_->is_baseline_read()) return;
  StartBaseline();
  entities_.WalkAll();
}

void Processor::StartBaseline() {
  const std::int64_t now_hour = BucketOf(Level::kHour, clock_.WallMs() / 1000, 0);
  const std::int64_t oldest = now_hour - KeepHours(options_.profile) * kHourSeconds;
  // One hour more than the absence: what came late to the hour before it.
  const std::int64_t covered = BucketOf(Level::kHour, meter_->covered_until_ms() / 1000, 0) - kHourSeconds;
  is_listing_baseline_ = true;
  walk_.Start(std::max(oldest, covered), now_hour + kHourSeconds, *offset_.known(),
              [this] { OnBaselineListed(); });
}

void Processor::OnBaselineListed() {
  is_listing_baseline_ = false;
  is_baseline_listed_ = true;
  CompleteBaselineIfRead();
}

void Processor::CompleteBaselineIfRead() {
  if (meter_->is_baseline_read() || is_listing_baseline_ || !reader_.IsBacklogRead()) return;
  if (offset_.known() && !is_baseline_listed_) return;
  meter_->CompleteBaseline();
  log::Info("baseline read", {{"series", meter_->registry().size()},
                              {"counters", meter_->counters().size()},
                              {"ms", clock_.MonotonicMs() - session_begin_monotonic_ms_}});
  Flush();
}

void Processor::OnLost(const Error& why) {
  log::Warn("disconnected", {{"redis", options_.redis.Display()}, {"reason", why.message}});
  link_problem_ = why.message;
  EndSession();
}

void Processor::OnUnreachable(const Error& why) {
  if (link_problem_ != why.message)
    log::Fault("cannot meter",
               {{"redis", options_.redis.Display()}, {"reason", why.message}, {"then", "trying again"}});
  link_problem_ = why.message;
}

void Processor::EndSession() {
  scans_.Clear();
  reader_.Reset();
  entities_.Reset();
  offset_probe_.Reset();
  held_.clear();
  is_listing_baseline_ = is_baseline_listed_ = false;
  meter_->EndSession(clock_.WallMs());
}

// ---- Events
// ---------------------------------------------------------------------------------------------------

void Processor::OnEvent(KeyEvent event, std::string_view key) {
  metrics_.events.fetch_add(1, std::memory_order_relaxed);
  const EventMatcher::Match match = matcher_.Find(key);
  switch (match.what) {
    case EventMatcher::What::kNothing:
      return;
    case EventMatcher::What::kCounter:
      return OnCounterEvent(event, match);
    case EventMatcher::What::kEntity:
      return entities_.Mark(match.spec, match.parts.id);
    case EventMatcher::What::kGroup:
      return entities_.MarkGroup(match.parts.id);
  }
}

void Processor::OnCounterEvent(KeyEvent event, const EventMatcher::Match& match) {
  const auto naive_hour = matcher_.NaiveHour(match.parts);
  if (!naive_hour) return;
  const std::int64_t now_ms = clock_.WallMs();
  last_event_ms_ = now_ms;
  ++events_since_flush_;
  metrics_.metered_events.fetch_add(1, std::memory_order_relaxed);
  const bool was_known = offset_.known().has_value();
  if (event == KeyEvent::kHincrby || !was_known) offset_.OnLiveHour(*naive_hour, now_ms);
  if (offset_.known()) {
    if (!was_known) OnOffsetKnown();
    return MeterEvent(event, options_.profile.counters[match.spec], match.parts, *naive_hour, now_ms);
  }
  if (held_.size() < kMostHeldEvents)
    held_.push_back({match.spec, std::string(match.parts.id), std::string(match.parts.model), *naive_hour,
                     now_ms, event});
}

void Processor::ReplayHeldEvents() {
  for (const HeldEvent& held : std::exchange(held_, {})) {
    KeyParts parts;
    parts.id = held.id;
    parts.model = held.model;
    MeterEvent(held.event, options_.profile.counters[held.spec], parts, held.naive_hour, held.at_ms);
  }
}

void Processor::MeterEvent(KeyEvent event, const CounterSpec& spec, const KeyParts& parts,
                           std::int64_t naive_hour, std::int64_t now_ms) {
  const std::int64_t hour = naive_hour * kHourSeconds - *offset_.known();
  if (IsGrowth(event)) {
    const std::size_t series_before = meter_->registry().size();
    if (!meter_->OnGrowth(spec.kind, parts.id, parts.model, hour, now_ms)) {
      ++metrics_.refused_series;
      return;
    }
    if (meter_->registry().size() != series_before) entities_.MarkUnknown(spec.kind, parts.id);
  } else {
    // Old counters expire because the relay keeps them no longer; that resets nothing.
    const bool is_old = now_ms - hour * 1000 >= spec.keep_hours * kHourMs;
    if (event == KeyEvent::kExpired && is_old) return;
    meter_->OnDeletion(spec.kind, parts.id, parts.model, hour, now_ms);
  }
  reader_.OnDirty();
}

// ---- Regular work
// ---------------------------------------------------------------------------------------------

void Processor::OnSecond() {
  second_.StartIn(1000);
  ++seconds_;
  const std::int64_t now_ms = clock_.WallMs();
  FollowClock(now_ms);
  if (const auto shown = offset_.contradiction())
    return StopWith(
        {ErrorCode::kInvalid,
         fmt::format("the relay's live keys show a UTC offset of {}, not {}: run with --utc-offset {} and "
                     "another --db",
                     FormatUtcOffset(*shown), FormatUtcOffset(*offset_.known()), FormatUtcOffset(*shown))});
  if (link_.IsReady()) {
    const bool was_known = offset_.known().has_value();
    offset_.Settle(now_ms);
    if (!was_known && offset_.known()) OnOffsetKnown();
    entities_.ReadMarked();
    if (seconds_ % kGroupsEverySeconds == 0 && scans_.IsIdle()) entities_.WalkGroups();
    ProveCoverage(now_ms);
    SweepWhenDue(now_ms);
  }
  UpdateMetrics();
}

void Processor::FollowClock(std::int64_t now_ms) {
  if (now_ms < last_wall_ms_ - kClockStepMs) {
    log::Warn("the wall clock stepped back",
              {{"from", FormatRfc3339(last_wall_ms_)}, {"to", FormatRfc3339(now_ms)}});
    meter_->StepBack(last_wall_ms_, now_ms);
  }
  last_wall_ms_ = now_ms;
}

void Processor::ProveCoverage(std::int64_t now_ms) {
  link_.subscriber().Fence([this, now_ms] {
    if (reader_.IsIdle()) meter_->CoverUntil(now_ms);
  });
}

void Processor::SweepWhenDue(std::int64_t now_ms) {
  const std::int64_t minute = now_ms / kMinuteMs;
  if (!meter_->is_baseline_read() || !offset_.known() || !scans_.IsIdle()) return;
  if (minute == last_swept_minute_ || now_ms % kMinuteMs < kSweepAtMs) return;
  last_swept_minute_ = minute;
  const std::int64_t first = BucketOf(Level::kHour, (now_ms - kSettledMs) / 1000, 0);
  const std::int64_t last = BucketOf(Level::kHour, (now_ms + kMinuteMs) / 1000, 0);
  walk_.Start(first, last, *offset_.known(), [] {});
}

void Processor::Flush() {
  flush_.StartIn(options_.flush_interval_ms);
  const std::int64_t now_ms = clock_.WallMs();
  if (is_stopping_ || writer_.IsBusy()) return;
  const std::int64_t closed = BucketOf(Level::kMinute, now_ms / 1000, 0) - kMinuteSeconds;
  writer_.Submit(BuildBatch(now_ms), closed);
}

WriteBatch Processor::BuildBatch(std::int64_t now_ms) {
  if (link_.IsReady()) meter_->coverage().CoverUntil(now_ms);
  if (events_since_flush_ > 0) meter_->coverage().AddEvents(now_ms, std::exchange(events_since_flush_, 0));
  WriteBatch batch;
  meter_->Drain(batch);
  entities_.Drain(batch);
  batch.profile = options_.profile.name;
  batch.utc_offset_s = offset_.known();
  const std::int64_t keep_from =
      BucketOf(Level::kHour, now_ms / 1000, 0) - (KeepHours(options_.profile) + 24) * kHourSeconds;
  if (keep_from != std::exchange(last_forgotten_hour_, keep_from)) {
    meter_->counters().ForgetBefore(keep_from);
    batch.forget_readings_before = keep_from;
  }
  batch.heartbeat = BuildHeartbeat(now_ms);
  return batch;
}

Heartbeat Processor::BuildHeartbeat(std::int64_t now_ms) {
  Heartbeat heartbeat;
  heartbeat.started_ms = started_ms_;
  heartbeat.is_connected = link_.IsReady();
  heartbeat.is_baseline_read = meter_->is_baseline_read();
  heartbeat.redis_version = source_.redis_version;
  heartbeat.last_event_ms = last_event_ms_;
  heartbeat.flush_ms = now_ms;
  heartbeat.flush_interval_ms = options_.flush_interval_ms;
  heartbeat.lag_ms = reader_.TakeLongestDelayMs();
  heartbeat.problem = link_.IsReady() ? source_.problem : link_problem_;
  metrics_.lag_ms = heartbeat.lag_ms;
  return heartbeat;
}

void Processor::OnWritten() {
  TakeOutcome(writer_.TakeOutcome());
}

void Processor::TakeOutcome(std::optional<WriterThread::Outcome> outcome) {
  if (!outcome) return;
  ++metrics_.flushes;
  metrics_.flush_ms = outcome->duration_ms;
  if (outcome->refused) {
    meter_->Undrain(*outcome->refused);
    entities_.Undrain(*outcome->refused);
    last_forgotten_hour_ = 0;
  }
  const std::string problem = outcome->status ? "" : outcome->status.error().message;
  if (!outcome->status) ++metrics_.failed_flushes;
  if (problem == std::exchange(write_problem_, problem)) return;
  if (problem.empty()) {
    log::Info("writing again", {{"db", options_.db_path}});
  } else {
    log::Fault("cannot write",
               {{"db", options_.db_path}, {"reason", problem}, {"then", "kept in memory, trying again"}});
  }
}

void Processor::UpdateMetrics() {
  const std::int64_t now_ms = clock_.WallMs();
  metrics_.loop_beat_ms = clock_.MonotonicMs();
  metrics_.is_connected = link_.IsReady();
  metrics_.is_baseline_read = meter_->is_baseline_read();
  metrics_.is_writable = write_problem_.empty();
  metrics_.readings = reader_.readings();
  metrics_.skipped_values = reader_.skipped_values();
  metrics_.series = static_cast<std::int64_t>(meter_->registry().size());
  metrics_.counters = static_cast<std::int64_t>(meter_->counters().size());
  metrics_.dirty = static_cast<std::int64_t>(meter_->counters().dirty_count());
  metrics_.backlog = static_cast<std::int64_t>(reader_.backlog_size());
  metrics_.requests_per_minute = meter_->request_rate().Trailing(now_ms, 1);
  metrics_.tokens_per_minute = meter_->token_rate().Trailing(now_ms, 1);
}

// ---- The end
// --------------------------------------------------------------------------------------------------

void Processor::StopWith(const Error& error) {
  result_ = tl::unexpected(error);
  BeginStop();
}

void Processor::BeginStop() {
  if (std::exchange(is_stopping_, true)) return;
  log::Info("stopping");
  stop_by_ms_ = clock_.MonotonicMs() + kLastReadingsMs;
  reader_.ReadNow();
  AwaitLastReadings();
}

void Processor::AwaitLastReadings() {
  const bool is_read = !link_.IsReady() || reader_.IsIdle();
  if (is_read || clock_.MonotonicMs() >= stop_by_ms_) return FinishStop();
  stop_.StartIn(kStopPollMs);
}

void Processor::FinishStop() {
  TakeOutcome(writer_.WaitForOutcome());
  WriteBatch batch = BuildBatch(clock_.WallMs());
  batch.heartbeat.stopped_ms = clock_.WallMs();
  batch.heartbeat.is_connected = false;
  link_.Stop();
  WindowWriter writer = writer_.Join();
  Status written = writer.Write(batch);
  if (written) written = writer.RollUp(BucketOf(Level::kMinute, clock_.WallMs() / 1000, 0) - kMinuteSeconds);
  if (!written) {
    log::Fault("last flush failed", {{"db", options_.db_path}, {"reason", written.error().message}});
    if (result_) result_ = tl::unexpected(written.error().In("last flush"));
  }
  // A reader may be in the way: what stays in the WAL is as durable, only the file is not all in one piece.
  if (const Status moved = writer.Checkpoint(); written && !moved)
    log::Warn("WAL not emptied", {{"db", options_.db_path}, {"reason", moved.error().message}});
  log::Info("stopped", {{"db", options_.db_path}});
  loop_.Stop();
}

}  // namespace keymeter::processor
