#include "processor/source/source_session.h"

#include <algorithm>
#include <utility>

#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

/// An index set may be written a little after the counter that it lists.
constexpr std::int64_t kIndexDelayMs = 1000;
constexpr std::size_t kMostHeldEvents = 100'000;

/// Only this thread writes the metrics: a counter needs no locked addition.
void CountOne(std::atomic<std::int64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

bool IsGrowth(KeyEvent event) {
  return event == KeyEvent::kHset || event == KeyEvent::kHincrby;
}

}  // namespace

SourceSession::SourceSession(const EventLoop& loop, const Clock& clock, const Options& options,
                             MeteringPlan& plan, OffsetDetector offset, Meter& meter,
                             MetricsSnapshot& metrics, std::function<void()> on_baseline_read)
    : clock_(clock),
      plan_(plan),
      poll_ms_(options.poll_ms),
      source_name_(options.redis.url.Display()),
      meter_(meter),
      metrics_(metrics),
      on_baseline_read_(std::move(on_baseline_read)),
      matcher_(plan),
      offset_(offset),
      link_(loop, clock, options.redis,
            {[this](const SourceInfo& info) { OnReady(info); }, [this](const Error& why) { OnLost(why); },
             [this](const Error& why) { OnUnreachable(why); },
             [this](KeyEvent event, std::string_view key) { OnEvent(event, key); }}),
      watch_(link_, options.redis.url.database),
      pacer_(options.max_load),
      scans_(loop, link_, pacer_),
      reader_(loop, clock, plan, link_, watch_, pacer_, meter,
              {[this] { OnBacklogRead(); }, [this](DataSetChange change) { OnDataSetChanged(change); }}),
      entities_(plan.entities(), link_, scans_),
      walk_(plan, scans_, meter, reader_,
            [this](EntityKind kind, std::string_view id) { entities_.MarkUnknown(kind, id); }),
      history_reader_(loop, plan, scans_, link_, pacer_, meter,
                      [this](EntityKind kind, std::string_view id) { entities_.MarkUnknown(kind, id); }),
      history_(clock, plan, history_reader_, options.history_due_from_ms),
      audit_(clock, plan, walk_, reader_, history_reader_, link_, metrics, options.audit_interval_ms,
             options.audited_until),
      profile_probe_(plan, scans_),
      offset_probe_(plan, clock, link_, offset_),
      output_buffer_(link_, metrics),
      progress_(reader_, pacer_, metrics),
      data_set_(options.data_set) {}

// ---- A session begins and ends
// --------------------------------------------------------------------------------

void SourceSession::OnReady(const SourceInfo& info) {
  source_ = info;
  link_problem_.clear();
  pacer_.ForgetRoundTrip();
  MeasureRoundTrip();
  output_buffer_.BeginSession();
  ++metrics_.sessions;
  metrics_.was_subscribed = true;
  const bool is_polled = poll_ms_ > 0;
  log::Info(is_polled ? "polling" : "subscribed", {{"redis", source_name_}, {"version", info.redis_version}});
  meter_.BeginSession(clock_.WallMs(), info.are_events_certain && !is_polled);
  has_seen_growth_ = false;
  swept_until_ms_ = clock_.WallMs();  // when the baseline is read
  watch_.Begin([this] { OnDataSetKnown(); });
}

void SourceSession::OnDataSetKnown() {
  const std::string found = watch_.mark().Text();
  if (!data_set_.empty() && !found.empty() && found != data_set_)
    log::Info("Redis holds another data set than before",
              {{"so", "every counter that it keeps is read again"}});
  if (!plan_.IsDecided()) return FindProfile();
  OnProfileKnown();
}

void SourceSession::OnDataSetChanged(DataSetChange change) {
  if (change == DataSetChange::kReplaced)
    return link_.Fail({ErrorCode::kUnavailable, "the data set was replaced: beginning anew"});
  log::Warn("Redis was emptied", {{"so", "its counters begin anew"}});
  is_rereading_ = true;
  const auto is_kept = [this](const Counter& counter) {
    const CounterSpec* spec = plan_.Find(meter_.registry()[counter.series].kind, counter.hour);
    return spec != nullptr && !spec->HasExpired(counter.hour, clock_.WallMs());
  };
  for (CounterIndex index : meter_.OnFlush(is_kept)) reader_.AddBacklog(index);
  entities_.WalkAll();
}

void SourceSession::FindProfile() {
  profile_probe_.Start(
      [this](std::size_t spec) {
        if (plan_.See(spec, clock_.WallMs())) OnProfileKnown();
      },
      [this](bool is_empty) {
        if (plan_.IsDecided() || baseline_ == Baseline::kRead) return;
        log::Info("profile unknown", {{"until", "the relay shows what it counts by"}});
        if (is_empty) AwaitFirstUsage();
      });
}

void SourceSession::OnProfileKnown() {
  matcher_ = EventMatcher(plan_);
  log::Info("profile", {{"profile", plan_.profile()}});
  offset_.known() ? OnOffsetKnown() : FindOffset();
}

/// A baseline that was passed over, because the relay was empty, is read after all.
void SourceSession::ReadAllAnew() {
  if (baseline_ != Baseline::kRead) return;
  baseline_ = Baseline::kNotBegun;
  meter_.ForgetCoverage();
}

void SourceSession::FindOffset() {
  offset_probe_.Start([this](bool found_any) { OnOffsetProbed(found_any); });
}

/// The relay keeps no counter at all: nothing was missed, what comes is new.
void SourceSession::AwaitFirstUsage() {
  CompleteBaseline(true);
  entities_.WalkAll();
}

void SourceSession::OnOffsetProbed(bool found_any) {
  if (is_offset_applied_) return;  // live traffic was quicker
  if (offset_.known()) return OnOffsetKnown();
  if (poll_ms_ > 0 && found_any)
    source_.problem = "the relay's UTC offset cannot be told without events: run with --utc-offset";
  if (baseline_ != Baseline::kNotBegun) return;
  log::Info("UTC offset unknown", {{"until", "the relay writes its next usage"}});
  found_any ? entities_.WalkAll() : AwaitFirstUsage();
}

void SourceSession::OnOffsetKnown() {
  is_offset_applied_ = true;
  if (poll_ms_ > 0) source_.problem.clear();
  reader_.SetOffset(*offset_.known());
  meter_.SetOffset(*offset_.known());
  log::Info("UTC offset", {{"utc_offset", FormatUtcOffset(*offset_.known())}});
  // What an empty relay has counted since was announced; where events are not certain, it may not have been.
  if (!meter_.are_events_certain()) ReadAllAnew();
  ReplayHeldEvents();
  if (baseline_ == Baseline::kNotBegun) StartBaseline();
  if (baseline_ == Baseline::kRead) history_.Start(*offset_.known());  // it was empty at first
  if (meter_.counters().dirty_count() > 0) reader_.OnDirty();
}

/// That any relay's counter is kept of.
std::int64_t SourceSession::OldestHour(std::int64_t now_ms) const {
  int keep_hours = 0;
  for (const CounterSpec& spec : plan_.counters()) keep_hours = std::max(keep_hours, spec.keep_hours);
  return BucketOf(Level::kHour, now_ms / 1000, 0) - keep_hours * kHourSeconds;
}

void SourceSession::StartBaseline() {
  const std::int64_t now_hour = BucketOf(Level::kHour, clock_.WallMs() / 1000, 0);
  const std::int64_t oldest = OldestHour(clock_.WallMs());
  // One hour more than the absence: for what came late to the hour before it. Other data may differ
  // everywhere.
  const bool is_same_data = data_set_.empty() || data_set_ == watch_.mark().Text();
  const std::int64_t covered =
      is_same_data ? BucketOf(Level::kHour, meter_.covered_until_ms() / 1000, 0) - kHourSeconds : 0;
  history_.OnAbsence(meter_.covered_until_ms(), oldest);
  baseline_ = Baseline::kListing;
  progress_.Begin((now_hour - std::max(oldest, covered)) / kHourSeconds + 1);
  walk_.Start({std::max(oldest, covered), now_hour + kHourSeconds, *offset_.known()}, [this](bool is_whole) {
    baseline_ = Baseline::kReading;
    is_listing_whole_ = is_whole;
    progress_.Listed();
    if (reader_.IsBacklogRead()) OnBacklogRead();
  });
  entities_.WalkAll();
}

void SourceSession::OnBacklogRead() {
  if (baseline_ == Baseline::kReading) CompleteBaseline(is_listing_whole_);
  if (std::exchange(is_rereading_, false)) data_set_ = watch_.mark().Text();
  audit_.OnBacklogRead();
  LookForSilence();
  if (!link_.IsReady() || !sweep_ || !sweep_->is_listed) return;
  if (sweep_->is_whole) swept_until_ms_ = sweep_->begin_ms;
  // Where events come, each growth is announced, and narrows more than a sweep does.
  if (sweep_->is_whole && !meter_.are_events_certain())
    meter_.CompleteSweep(sweep_->begin_ms - kIndexDelayMs);
  sweep_.reset();
}

void SourceSession::CompleteBaseline(bool is_whole) {
  baseline_ = Baseline::kRead;
  meter_.CompleteBaseline(is_whole);
  if (is_whole) data_set_ = watch_.mark().Text();
  progress_.Finish(meter_.registry().size(), meter_.counters().size());
  if (is_whole && offset_.known()) history_.Start(*offset_.known());
  on_baseline_read_();
}

void SourceSession::OnLost(const Error& why) {
  progress_.Stop();
  log::Warn("disconnected",
            {{"redis", source_name_}, {"reason", why.Text() + output_buffer_.Suspicion(why)}});
  output_buffer_.EndSession();
  link_problem_ = why.Text();
  watch_.Reset();
  scans_.Clear();
  reader_.Reset();
  is_rereading_ = false;
  history_reader_.Reset();
  history_.Reset();
  audit_.Reset();
  entities_.Reset();
  offset_probe_.Reset();
  held_.clear();
  sweep_.reset();
  is_offset_applied_ = false;
  last_sweep_ms_ = last_scan_ms_ = 0;
  baseline_ = Baseline::kNotBegun;
  meter_.EndSession(clock_.WallMs());
}

void SourceSession::OnUnreachable(const Error& why) {
  if (link_problem_ != why.Text())
    log::Fault("cannot meter", {{"redis", source_name_}, {"reason", why.Text()}, {"then", "trying again"}});
  link_problem_ = why.Text();
}

// ---- Events
// ---------------------------------------------------------------------------------------------------

void SourceSession::OnEvent(KeyEvent event, std::string_view key) {
  CountOne(metrics_.events);
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

void SourceSession::OnCounterEvent(KeyEvent event, const EventMatcher::Match& match) {
  const std::int64_t now_ms = clock_.WallMs();
  last_event_ms_ = now_ms;
  if (!plan_.IsDecided()) {
    // What grew before is found by the baseline that a decision leads to.
    if (!IsGrowth(event) || !plan_.See(match.spec, now_ms)) return;
    OnProfileKnown();
  }
  std::optional<std::int64_t> naive_hour;
  if (plan_.counters()[match.spec].period == Period::kHour) {
    naive_hour = matcher_.NaiveHour(match.parts);
    if (!naive_hour) return;
    const bool was_known = offset_.known().has_value();
    if (IsGrowth(event)) offset_.OnLiveHour(*naive_hour, now_ms, event == KeyEvent::kHincrby);
    if (!was_known && offset_.known()) OnOffsetKnown();
  }
  if (!offset_.known()) return Hold(event, match, naive_hour, now_ms);
  const std::int64_t hour = naive_hour ? *naive_hour * kHourSeconds - *offset_.known() : kNoPeriod;
  MeterEvent(event, match.spec, match.parts, hour, now_ms);
}

void SourceSession::Hold(KeyEvent event, const EventMatcher::Match& match,
                         std::optional<std::int64_t> naive_hour, std::int64_t now_ms) {
  if (held_.size() == kMostHeldEvents) return ReadAllAnew();  // which finds what is not held
  held_.push_back(
      {match.spec, std::string(match.parts.id), std::string(match.parts.model), naive_hour, now_ms, event});
}

void SourceSession::ReplayHeldEvents() {
  for (const HeldEvent& held : std::exchange(held_, {})) {
    KeyParts parts;
    parts.id = held.id;
    parts.model = held.model;
    const std::int64_t hour =
        held.naive_hour ? *held.naive_hour * kHourSeconds - *offset_.known() : kNoPeriod;
    MeterEvent(held.event, held.spec, parts, hour, held.at_ms);
  }
}

void SourceSession::MeterEvent(KeyEvent event, std::size_t spec_number, const KeyParts& parts,
                               std::int64_t hour, std::int64_t now_ms) {
  if (!plan_.Meters(spec_number, hour)) {
    if (IsGrowth(event)) OnUnmeteredGrowth(spec_number, now_ms);
    return;
  }
  const CounterSpec& spec = plan_.counters()[spec_number];
  meter_.CountEvent(now_ms);
  CountOne(metrics_.metered_events);
  if (IsGrowth(event)) {
    has_seen_growth_ = true;
    const std::size_t series_before = meter_.registry().size();
    if (!meter_.OnGrowth(spec.kind, parts.id, parts.model, hour, now_ms)) {
      ++metrics_.refused_series;
      return;
    }
    if (meter_.registry().size() != series_before) entities_.MarkUnknown(spec.kind, parts.id);
  } else {
    // Old counters expire because the relay keeps them no longer; that resets nothing.
    if (event == KeyEvent::kExpired && spec.HasExpired(hour, now_ms)) return;
    meter_.OnDeletion(spec.kind, parts.id, parts.model, hour, now_ms);
  }
  reader_.OnDirty();
}

/// The relay was upgraded: its finer counters take over with an hour in which nothing has been metered yet.
void SourceSession::OnUnmeteredGrowth(std::size_t spec, std::int64_t now_ms) {
  const std::int64_t newest = std::max(meter_.newest_hour(), BucketOf(Level::kHour, now_ms / 1000, 0));
  if (!plan_.Outgrow(spec, newest + kHourSeconds, now_ms)) return;
  log::Info("the relay keeps finer counters now",
            {{"profile", plan_.profile()}, {"from", FormatRfc3339((newest + kHourSeconds) * 1000)}});
}

// ---- What a flush takes
// -----------------------------------------------------------------------------------------

void SourceSession::Drain(WriteBatch& batch) {
  entities_.Drain(batch);
  batch.utc_offset_s = offset_.known();
  batch.data_set = data_set_;
  history_.Drain(batch);
  audit_.Drain(batch);
}

void SourceSession::Undrain(WriteBatch& batch) {
  entities_.Undrain(batch);
  if (meter_.counters().dirty_count() > 0) reader_.OnDirty();
  history_.Undrain(batch);
  audit_.Undrain(batch);
}

}  // namespace keymeter::processor
