#include "processor/source/session.h"

#include <algorithm>
#include <utility>

#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

/// An index set may be written a little after the counter that it lists.
constexpr std::int64_t kIndexDelayMs = 1000;
/// Our clock may be so far ahead of what has proved itself.
constexpr std::int64_t kMostDoubtMs = 2 * kHourSeconds * 1000;
/// For so long no event has come, while counters moved.
constexpr std::int64_t kSilentMs = 5000;
/// A database of more counters is not emptied and half full again between two looks.
constexpr std::size_t kMostDoubted = 10'000;
/// While profile or offset is not known, one in so many probes is a search for entities.
constexpr int kProbesASearch = 4;

}  // namespace

Session::Session(const SessionContext& context, SourceInfo info, std::function<void()> on_baseline_read)
    : context_(context),
      info_(std::move(info)),
      start_(context, {.on_profile_known = [this] { intake_.FollowPlan(); },
                       .on_offset_known = [this] { intake_.Replay(); },
                       .on_all_read = [this] { OnBacklogRead(); },
                       .on_baseline_read = std::move(on_baseline_read)}),
      intake_(context.clock, context.plan, context.offset, context.meter, context.counts,
              {.on_profile_known = [this] { start_.OnProfileKnown(); },
               .on_offset_known = [this] { start_.OnOffsetKnown(); },
               .on_overflow = [this] { start_.ReadAllAnew(); },
               .on_entity = [this](std::size_t spec,
                                   std::string_view id) { context_.readers.entities.Mark(spec, id); },
               .on_group = [this](std::string_view id) { context_.readers.entities.MarkGroup(id); },
               .on_past_written = [this] { context_.readers.audit.CoverEverything(); },
               .on_new_series =
                   [this](EntityKind kind, std::string_view id) {
                     context_.readers.entities.MarkUnknown(kind, id);
                   }}),
      schedule_(context.poll_ms, context.clock.WallMs()),
      output_buffer_(context.link) {}

void Session::Begin() {
  context_.readers.pacer.ForgetRoundTrip();
  MeasureRoundTrip();
  output_buffer_.Begin(SteadyUs());
  context_.meter.BeginSession(context_.clock.WallMs(), info_.are_events_certain && !context_.IsPolling());
  start_.Begin();
}

void Session::OnSecond(std::int64_t now_ms) {
  schedule_.OnSecond();
  MeasureRoundTrip();
  output_buffer_.OnSecond(SteadyUs());
  start_.OnSecond();
  context_.readers.counters.OnSecond();
  context_.meter.WatchUntil(now_ms);
  if (context_.plan.IsSettling(now_ms)) start_.SettleProfile([this] { BeginAnewWithProfile(); });
  SettleOffset(now_ms);
  ProbeAgainWhenDue();
  BelieveEvents(now_ms);
  context_.readers.entities.ReadMarked();
  context_.readers.notes.OnSecond();
  LookAtDataSet();
  ProveCoverage(now_ms);
  AuditWhenDue(now_ms);  // before a sweep: where those come every second it would never have its turn
  SweepWhenDue(now_ms);
  ScanEntitiesWhenDue();
}

/// What these counters did until now was not taken: a new session reads it.
void Session::BeginAnewWithProfile() {
  context_.meter.ForgetCoverage();
  context_.link.Fail(
      MakeError(ErrorCode::kUnavailable, "beginning anew with profile {}", context_.plan.profile()));
}

void Session::MeasureRoundTrip() {
  context_.link.commands().Fence(
      [&pacer = context_.readers.pacer, sent_us = SteadyUs()] { pacer.OnRoundTrip(SteadyUs() - sent_us); });
}

void Session::SettleOffset(std::int64_t now_ms) {
  const bool was_known = context_.offset.known().has_value();
  context_.offset.Settle(now_ms);
  if (!was_known && context_.offset.known()) start_.OnOffsetKnown();
}

/// Without events a relay that was empty at first shows only when asked what it has begun to count.
void Session::ProbeAgainWhenDue() {
  if (context_.meter.are_events_certain() || !context_.readers.scans.IsIdle()) return;
  const bool is_all_known = context_.plan.IsDecided() && context_.offset.known();
  if (!schedule_.TakeProbe(is_all_known, context_.readers.scans.key_space_cost_ms())) return;
  // Sweeps, whose searches find what no set lists, have not begun yet.
  if (!is_all_known && ++probes_ % kProbesASearch == 0) return context_.readers.entities.WalkAll(true);
  if (!context_.plan.IsDecided()) return start_.FindProfile();
  if (!context_.offset.known()) return start_.FindOffset();
  start_.FindUpgrade(
      [this](std::size_t spec) { intake_.OnUnmeteredGrowth(spec, kNoPeriod, context_.clock.WallMs()); });
}

/// Flags that may not be looked at are as they should be when events come.
void Session::BelieveEvents(std::int64_t now_ms) {
  if (!intake_.has_seen_growth() || (!problem().empty() && !info_.is_only_doubt)) return;
  info_.problem.clear();
  context_.meter.TrustEvents(now_ms);
}

/// An idle relay has no rounds of readings, which look by the way.
void Session::LookAtDataSet() {
  DataSetWatch& watch = context_.readers.data_set;
  if (watch.mark().Text().empty() || !context_.readers.counters.IsIdle()) return;
  watch.Look([this](DataSetChange change) {
    if (change != DataSetChange::kNone) OnDataSetChanged(change);
  });
}

void Session::OnDataSetChanged(DataSetChange change) {
  switch (change) {
    case DataSetChange::kNone:
      return;
    case DataSetChange::kReplaced:
      return context_.link.Fail({ErrorCode::kUnavailable, "the data set was replaced: beginning anew"});
    case DataSetChange::kSwapped:
      context_.meter.OnEndOfAll(End::kReplaced);
      return context_.link.Fail({ErrorCode::kUnavailable, "databases were swapped: beginning anew"});
    case DataSetChange::kMaybeFlushed:
      if (context_.meter.counters().size() <= kMostDoubted) OnAllEnded(End::kFields);
      return;
    case DataSetChange::kFlushed:
      log::Warn("Redis was emptied", {{"action", "counting from zero and reading all counters again"}});
      OnAllEnded(End::kWhole);
      return context_.readers.entities.WalkAll(true);
  }
}

/// Whoever empties another database again and again would have us read without an end: what was read before
/// the last time is read once more, but not before all of it has had its turn.
void Session::OnAllEnded(End end) {
  context_.meter.OnEndOfAll(end);
  is_reread_again_ = is_rereading_ && !context_.readers.counters.IsBacklogRead();
  if (!is_reread_again_) ReadAllAgain();
}

void Session::ReadAllAgain() {
  is_rereading_ = true;
  const auto is_kept = [this](const Counter& counter) {
    const EntityKind kind = context_.meter.registry()[counter.series].kind;
    const CounterSpec* spec = context_.plan.Find(kind, counter.hour);
    return spec != nullptr && !spec->HasExpired(counter.hour, context_.meter.ReachedMs(context_.clock));
  };
  for (const CounterIndex index : context_.meter.ExpectAll(is_kept))
    context_.readers.counters.AddBacklog(index);
}

void Session::ProveCoverage(std::int64_t now_ms) {
  if (!context_.plan.IsDecided()) return;
  context_.link.Fence([this, now_ms] {
    if (IsSettled()) context_.meter.CoverUntil(now_ms);
  });
}

/// The baseline is read, and nothing else is being listed.
bool Session::IsLive() const {
  return IsBaselineRead() && context_.offset.known() && !schedule_.IsSweeping() &&
         context_.readers.scans.IsIdle();
}

void Session::AuditWhenDue(std::int64_t now_ms) {
  if (!IsLive()) return;
  context_.readers.history.GoOn(*context_.offset.known());
  // By a clock that has jumped ahead, an hour that is being written would be compared.
  if (context_.meter.ReachedMs(context_.clock) < now_ms - kMostDoubtMs) return;
  if (!context_.readers.history.IsRunning())
    context_.readers.audit.StartWhenDue(now_ms, *context_.offset.known());
}

void Session::SweepWhenDue(std::int64_t now_ms) {
  if (!IsLive() || !context_.plan.IsDecided() || !schedule_.IsSweepDue(now_ms)) return;
  const SweepSchedule::Sweep sweep =
      schedule_.BeginSweep(now_ms, context_.OldestKeptHour(), context_.meter.are_events_certain(),
                           context_.readers.scans.key_space_cost_ms());
  context_.readers.hours.Start(
      {.first_hour = sweep.first_hour,
       .last_hour = sweep.last_hour,
       .others = context_.HoursOfOtherClock(),
       .oldest_hour = context_.OldestKeptHour(),
       .newest_hour = context_.FarthestHour(),
       .utc_offset_s = *context_.offset.known(),
       .is_thorough = sweep.is_thorough,
       .may_search = sweep.may_search},
      [this](const HourScan::Outcome& found) {
        if (found.has_searched) schedule_.OnSearched();
        is_sweep_proved_ = found.is_proved;
        // Where no event announces growth, nothing less than proof tells when a counter began.
        schedule_.OnListed(context_.meter.are_events_certain() ? found.is_whole : found.is_proved);
        if (context_.readers.counters.IsBacklogRead()) OnBacklogRead();
      });
}

void Session::ScanEntitiesWhenDue() {
  EntityReader& entities = context_.readers.entities;
  switch (schedule_.TakeEntityScan(context_.meter.are_events_certain(), entities.IsWalkingAll(),
                                   context_.readers.scans.IsIdle())) {
    case SweepSchedule::EntityScan::kNone:
      return;
    case SweepSchedule::EntityScan::kSilent:
      return entities.WalkSilent();
    case SweepSchedule::EntityScan::kAll:
      // What no set lists is found by the searches of sweeps and probes, as often as those may search.
      return entities.WalkAll(false);
  }
}

void Session::OnBacklogRead() {
  start_.OnBacklogRead();
  const bool is_reread_again = std::exchange(is_reread_again_, false);
  if (std::exchange(is_rereading_, false) && !is_reread_again)
    context_.data_set = context_.readers.data_set.mark().Text();
  context_.readers.audit.OnBacklogRead();
  if (HasFallenSilent())
    return context_.link.Fail(
        {ErrorCode::kUnavailable, "subscribed, but nothing was announced while counters moved"});
  FinishSweep();
  if (is_reread_again) ReadAllAgain();
}

void Session::FinishSweep() {
  const auto whole_since_ms = schedule_.FinishSweep();
  if (whole_since_ms && std::exchange(is_sweep_proved_, false)) start_.OnAllFound();
  // Where events come, each growth is announced, and narrows more than a sweep does.
  if (whole_since_ms && !context_.meter.are_events_certain())
    context_.meter.CompleteSweep(*whole_since_ms - kIndexDelayMs);
}

/// Redis goes on, answers us, and announces nothing: somebody took the notifications away, or it lost us.
bool Session::HasFallenSilent() {
  const std::int64_t unannounced = context_.meter.TakeUnannounced();
  const std::int64_t now_ms = context_.clock.WallMs();
  if (unannounced == 0 || !IsBaselineRead()) return false;
  context_.counts.unannounced += unannounced;
  // What was swept before was announced, or it would have been found then.
  const std::int64_t silent_since_ms = std::max(intake_.last_event_ms(), schedule_.swept_until_ms());
  if (now_ms - silent_since_ms < kSilentMs) return false;
  ++context_.counts.silences;
  log::Fault("subscribed, but nothing is announced", {{"counters_moved", unannounced},
                                                      {"since", FormatRfc3339(silent_since_ms)},
                                                      {"action", "subscribing again"}});
  context_.meter.OnSilence(silent_since_ms, now_ms);
  return true;
}

}  // namespace keymeter::processor
