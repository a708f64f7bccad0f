// What a session does once a second: it looks whether all is as it should be, and reads what no event led to.

#include <algorithm>
#include <utility>

#include "processor/source/source_session.h"
#include "schema/civil_time.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kMinuteMs = kMinuteSeconds * 1000;
constexpr std::int64_t kSweepAtMs = 2000;  ///< of each minute: behind the reads of the minute that ended
constexpr std::int64_t kSettledMs = 2 * kMinuteMs;  ///< an hour is swept until so long after its end
constexpr std::int64_t kGroupsEverySeconds = 10;
constexpr std::int64_t kProbeEverySeconds = 5;
constexpr std::int64_t kUpgradeEverySeconds = 60;
constexpr std::int64_t kEntitiesEverySeconds = 20;         ///< where no events tell of them
constexpr std::int64_t kScanEveryMs = 10 * kMinuteMs;      ///< for counters that no index set lists
constexpr std::int64_t kScanEveryUncertainMs = kMinuteMs;  ///< the same, where no events tell of them
constexpr std::int64_t kSilentMs = 5000;

}  // namespace

Status SourceSession::OnSecond(std::int64_t now_ms) {
  ++seconds_;
  RETURN_IF_ERROR(CheckOffset());
  if (!link_.Watch()) return {};
  MeasureRoundTrip();
  output_buffer_.OnSecond();
  progress_.OnSecond();
  meter_.WatchUntil(now_ms);
  if (plan_.Settle(now_ms)) {
    // What these counters did until now was not taken: a new session reads it.
    meter_.ForgetCoverage();
    Restart({ErrorCode::kUnavailable, fmt::format("beginning anew with profile {}", plan_.profile())});
    return {};
  }
  SettleOffset(now_ms);
  ProbeAgainWhenDue();
  // Flags that may not be looked at are as they should be when events come.
  if (has_seen_growth_ && (source_.problem.empty() || source_.is_only_doubt)) {
    source_.problem.clear();
    meter_.TrustEvents(now_ms);
  }
  entities_.ReadMarked();
  LookAtDataSet();
  ProveCoverage(now_ms);
  AuditWhenDue(now_ms);  // before a sweep: where those come every second it would never have its turn
  SweepWhenDue(now_ms);
  WalkEntitiesWhenDue();
  return {};
}

/// An idle relay has no rounds that look.
void SourceSession::LookAtDataSet() {
  if (watch_.mark().Text().empty() || !reader_.IsIdle()) return;
  watch_.Look([this](DataSetChange change) {
    if (change != DataSetChange::kNone) OnDataSetChanged(change);
  });
}

void SourceSession::MeasureRoundTrip() {
  link_.commands().Command(
      {"PING"}, [this, sent_us = SteadyUs()](const Reply&) { pacer_.OnRoundTrip(SteadyUs() - sent_us); });
}

Status SourceSession::CheckOffset() const {
  const auto shown = offset_.contradiction();
  if (!shown) return {};
  return keymeter::Fail(
      ErrorCode::kInvalid,
      "the relay's live keys show a UTC offset of {}, not {}: run with --utc-offset {} and another --db",
      FormatUtcOffset(*shown), FormatUtcOffset(*offset_.known()), FormatUtcOffset(*shown));
}

void SourceSession::SettleOffset(std::int64_t now_ms) {
  if (offset_.known()) return;
  offset_.Settle(now_ms);
  if (offset_.known()) OnOffsetKnown();
}

/// Without events a relay that was empty at first shows only when asked what it has begun to count.
void SourceSession::ProbeAgainWhenDue() {
  if (meter_.are_events_certain() || seconds_ % kProbeEverySeconds != 0 || !scans_.IsIdle()) return;
  if (!plan_.IsDecided()) return FindProfile();
  if (!offset_.known()) return FindOffset();
  if (seconds_ % kUpgradeEverySeconds != 0) return;
  profile_probe_.Start([this](std::size_t spec) { OnUnmeteredGrowth(spec, clock_.WallMs()); }, [](bool) {});
}

void SourceSession::ProveCoverage(std::int64_t now_ms) {
  if (!plan_.IsDecided()) return;
  link_.Fence([this, now_ms] {
    if (reader_.IsIdle() && held_.empty()) meter_.CoverUntil(now_ms);
  });
}

void SourceSession::WalkEntitiesWhenDue() {
  if (entities_.IsWalkingAll()) entities_walked_at_ = seconds_;
  if (!scans_.IsIdle()) return;
  if (!meter_.are_events_certain() && seconds_ - entities_walked_at_ >= kEntitiesEverySeconds) {
    entities_walked_at_ = silent_walked_at_ = seconds_;
    entities_.WalkAll();
  } else if (seconds_ - silent_walked_at_ >= kGroupsEverySeconds) {
    silent_walked_at_ = seconds_;
    entities_.WalkSilent();
  }
}

/// Redis goes on, answers us, and announces nothing: somebody took the notifications away, or it lost us.
void SourceSession::LookForSilence() {
  const std::int64_t unannounced = meter_.TakeUnannounced();
  const std::int64_t now_ms = clock_.WallMs();
  if (unannounced == 0 || baseline_ != Baseline::kRead) return;
  metrics_.unannounced += unannounced;
  // What was swept before was announced, or it would have been found then.
  const std::int64_t silent_since_ms = std::max(last_event_ms_, swept_until_ms_);
  if (now_ms - silent_since_ms < kSilentMs) return;
  ++metrics_.silences;
  log::Fault("subscribed, but nothing is announced", {{"counters_moved", unannounced},
                                                      {"since", FormatRfc3339(silent_since_ms)},
                                                      {"then", "subscribing again"}});
  meter_.OnSilence(silent_since_ms, now_ms);
  link_.Fail({ErrorCode::kUnavailable, "subscribed, but nothing was announced while counters moved"});
}

bool SourceSession::IsSweepDue(std::int64_t now_ms) const {
  if (baseline_ != Baseline::kRead || !plan_.IsDecided() || !offset_.known() || sweep_ || !scans_.IsIdle())
    return false;
  if (poll_ms_ > 0) return now_ms - last_sweep_ms_ >= poll_ms_ || now_ms < last_sweep_ms_;
  return now_ms / kMinuteMs != last_sweep_ms_ / kMinuteMs && now_ms % kMinuteMs >= kSweepAtMs;
}

void SourceSession::AuditWhenDue(std::int64_t now_ms) {
  if (baseline_ != Baseline::kRead || !offset_.known() || sweep_ || !scans_.IsIdle() || history_.IsDue())
    return;
  audit_.StartWhenDue(now_ms, *offset_.known());
}

void SourceSession::SweepWhenDue(std::int64_t now_ms) {
  if (!IsSweepDue(now_ms)) return;
  last_sweep_ms_ = now_ms;
  const bool is_thorough =
      now_ms - last_scan_ms_ >= (meter_.are_events_certain() ? kScanEveryMs : kScanEveryUncertainMs);
  if (is_thorough) last_scan_ms_ = now_ms;
  // Every hour that may have grown since the last sweep that found all there was.
  const std::int64_t since_ms = std::min(now_ms, swept_until_ms_) - kSettledMs;
  const std::int64_t first = std::max(BucketOf(Level::kHour, since_ms / 1000, 0), OldestHour(now_ms));
  const std::int64_t last = BucketOf(Level::kHour, (now_ms + kMinuteMs) / 1000, 0);
  sweep_ = Sweep{now_ms};
  walk_.Start({first, last, *offset_.known(), is_thorough}, [this, is_thorough, first, last](bool is_whole) {
    sweep_->is_listed = true;
    sweep_->is_whole = is_whole && (is_thorough || walk_.IsIndexed(first, last));
    if (reader_.IsBacklogRead()) OnBacklogRead();
  });
}

}  // namespace keymeter::processor
