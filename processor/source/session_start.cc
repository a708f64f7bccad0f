#include "processor/source/session_start.h"

#include <algorithm>
#include <utility>

#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

SessionStart::SessionStart(const SessionContext& context, Handler handler)
    : context_(context),
      handler_(std::move(handler)),
      profile_probe_(context.plan, context.readers.scans),
      offset_probe_(context.plan, context.clock, context.link, context.readers.scans, context.offset),
      progress_(context.readers.counters, context.readers.pacer, context.counts) {
  // Events are metered from the first moment on, also while an offset that was only inferred is looked at
  // again: their counters are read by the names that it makes.
  if (context_.offset.known()) ApplyOffset();
}

void SessionStart::Begin() {
  context_.readers.data_set.Begin([this] { OnDataSetKnown(); });
}

void SessionStart::OnDataSetKnown() {
  const std::string found = context_.readers.data_set.mark().Text();
  if (!context_.data_set.empty() && !found.empty() && found != context_.data_set)
    log::Info("Redis holds another data set than before",
              {{"action", "reading every counter that it keeps"}});
  context_.plan.IsDecided() ? OnProfileKnown() : FindProfile();
}

void SessionStart::FindProfile() {
  profile_probe_.Start(
      ProfileProbe::Look::kAll,
      [this](std::size_t spec) {
        if (context_.plan.See(spec, context_.clock.WallMs())) OnProfileKnown();
      },
      [this](bool is_empty) {
        if (context_.plan.IsDecided() || IsBaselineRead()) return;
        log::Info("profile unknown", {{"next", "the first counters that the relay writes decide it"}});
        if (is_empty) AwaitFirstUsage();
      });
}

void SessionStart::SettleProfile(std::function<void()> on_settled) {
  if (profile_probe_.IsRunning()) return;
  profile_probe_.Start(
      ProfileProbe::Look::kAll,
      [this](std::size_t spec) {
        if (context_.plan.See(spec, context_.clock.WallMs())) OnProfileKnown();
      },
      [this, call = std::move(on_settled)](bool /*is_empty*/) {
        if (context_.plan.Settle(context_.clock.WallMs())) call();
      });
}

void SessionStart::FindUpgrade(std::function<void(std::size_t)> on_found) {
  profile_probe_.Start(ProfileProbe::Look::kHours, std::move(on_found), [](bool /*is_empty*/) {});
}

void SessionStart::OnProfileKnown() {
  handler_.on_profile_known();
  log::Info("profile found", {{"profile", context_.plan.profile()}});
  // What was only inferred is compared with what the counters show now, before anything is read by it.
  const bool is_certain = context_.offset.known() && context_.offset.origin() != OffsetOrigin::kInferred;
  is_certain ? OnOffsetKnown() : FindOffset();
}

void SessionStart::FindOffset() {
  offset_probe_.Start([this](OffsetProbe::Found found) { OnOffsetProbed(found); });
}

void SessionStart::OnOffsetProbed(OffsetProbe::Found found) {
  if (is_offset_settled_) return;  // live traffic was quicker
  // It is taken back, and all begins anew; or live traffic confirms it: see OnSecond.
  is_offset_contradicted_ = context_.offset.contradiction().has_value();
  if (is_offset_contradicted_) return;
  if (context_.offset.known()) return OnOffsetKnown();
  const bool was_said = !problem_.empty();
  if (found != OffsetProbe::Found::kNothing)
    problem_ = context_.IsPolling()
                   ? "the relay's UTC offset is not known, so what Redis holds cannot be shown yet: the "
                     "relay's next requests tell it, or run with --utc-offset"
                   : "the relay's UTC offset is not known, so what Redis holds cannot be shown yet: the "
                     "relay's next request tells it, or run with --utc-offset";
  if (baseline_ != Baseline::kNotBegun) return;
  if (!was_said)
    log::Warn("UTC offset unknown",
              {{"next", "the next usage that the relay writes shows it, or --utc-offset"}});
  if (found != OffsetProbe::Found::kHours) return AwaitFirstUsage();
  if (!was_said) context_.readers.entities.WalkAll(true);
}

/// The relay keeps no counter at all: nothing was missed, and whatever comes is new.
void SessionStart::AwaitFirstUsage() {
  is_baseline_whole_ = true;
  CompleteBaseline();
  context_.readers.entities.WalkAll(true);
}

void SessionStart::OnOffsetKnown() {
  const std::int64_t utc_offset_s = *context_.offset.known();
  is_offset_settled_ = true;
  problem_.clear();
  ApplyOffset();
  log::Info("UTC offset found", {{"utc_offset", FormatUtcOffset(utc_offset_s)},
                                 {"origin", OffsetOriginName(context_.offset.origin())}});
  // What an empty relay has counted since was announced; where events are not certain, it may not have been.
  if (!context_.meter.are_events_certain()) ReadAllAnew();
  handler_.on_offset_known();
  if (baseline_ == Baseline::kNotBegun) StartBaseline();
  if (IsBaselineRead()) context_.readers.history.Start(utc_offset_s);  // the relay was empty at first
  if (context_.meter.counters().dirty_count() > 0) context_.readers.counters.OnDirty();
}

void SessionStart::ApplyOffset() {
  context_.readers.counters.SetOffset(*context_.offset.known());
  context_.meter.SetOffset(*context_.offset.known());
}

void SessionStart::ReadAllAnew() {
  if (!IsBaselineRead()) return;
  baseline_ = Baseline::kNotBegun;
  context_.meter.ForgetCoverage();
}

void SessionStart::StartBaseline() {
  RelayReaders& readers = context_.readers;
  const std::int64_t now_ms = context_.clock.WallMs();
  const std::int64_t covered_until_ms = context_.meter.covered_until_ms();
  const std::int64_t now_hour = BucketOf(Level::kHour, now_ms / 1000, 0);
  const std::int64_t oldest = context_.OldestKeptHour();
  // One hour more than the absence: for what came late to the hour before it. Other data may differ
  // everywhere.
  const bool is_same_data = context_.data_set.empty() || context_.data_set == readers.data_set.mark().Text();
  const std::int64_t covered =
      is_same_data ? BucketOf(Level::kHour, covered_until_ms / 1000, 0) - kHourSeconds : 0;
  readers.history.OnAbsence(covered_until_ms, is_same_data);
  baseline_ = Baseline::kListing;
  // Where the relay's clock is ahead, it has written into hours that are still to come.
  const std::int64_t ahead = std::min(context_.meter.farthest_hour(), context_.FarthestHour());
  progress_.Begin((now_hour - std::max(oldest, covered)) / kHourSeconds + 1);
  readers.hours.Start({.first_hour = std::max(oldest, covered),
                       .last_hour = std::max(now_hour, ahead) + kHourSeconds,
                       .oldest_hour = oldest,
                       .newest_hour = context_.FarthestHour(),
                       .utc_offset_s = *context_.offset.known()},
                      [this](const HourScan::Outcome& found) {
                        baseline_ = Baseline::kReading;
                        is_baseline_whole_ = found.is_proved;
                        if (!found.is_proved)
                          problem_ =
                              "not every key of Redis could be listed: usage of the past may be missing";
                        progress_.Listed();
                        if (context_.readers.counters.IsBacklogRead()) handler_.on_all_read();
                      });
  readers.entities.WalkAll(true);
}

void SessionStart::OnSecond() {
  progress_.OnSecond();
  if (!is_offset_contradicted_ || context_.offset.contradiction()) return;
  is_offset_contradicted_ = false;
  OnOffsetKnown();
}

void SessionStart::OnBacklogRead() {
  if (baseline_ == Baseline::kReading) CompleteBaseline();
}

void SessionStart::CompleteBaseline() {
  baseline_ = Baseline::kRead;
  context_.meter.CompleteBaseline(is_baseline_whole_);
  context_.readers.audit.OnBaselineRead();
  progress_.Finish(context_.meter.registry().size(), context_.meter.counters().size());
  if (is_baseline_whole_) OnWhole();
  handler_.on_baseline_read();
}

/// All that the relay kept when the session began has been read.
void SessionStart::OnWhole() {
  context_.data_set = context_.readers.data_set.mark().Text();
  // Of a relay that counts nothing yet it is read once the first counters have shown what it counts by.
  if (context_.plan.IsDecided() && context_.offset.known())
    context_.readers.history.Start(*context_.offset.known());
}

/// The search has found what the baseline could not list: it takes every counter that was never read.
void SessionStart::OnAllFound() {
  if (!IsBaselineRead() || is_baseline_whole_) return;
  is_baseline_whole_ = true;
  problem_.clear();
  log::Info("every key of Redis could be listed after all", {{"action", "all that it keeps has been read"}});
  context_.meter.CompleteBaseline(true);
  OnWhole();
}

}  // namespace keymeter::processor
