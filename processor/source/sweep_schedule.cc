#include "processor/source/sweep_schedule.h"

#include <algorithm>
#include <utility>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kOneMinuteMs = kMinuteSeconds * 1000;
constexpr std::int64_t kSweepAtMs = 2000;  ///< of each minute: after the last reads of the minute before
constexpr std::int64_t kSettledMs = 2 * kOneMinuteMs;  ///< hours are swept until so long after their end

constexpr std::int64_t kThoroughEveryMs = 10 * kOneMinuteMs;
/// Where index sets lack counters, searching takes a hundredth of Redis' time at most.
constexpr std::int64_t kPauseWhereSetsLack = 100;
/// Where events are not certain, only a search proves anything: a twentieth.
constexpr std::int64_t kPauseUncertain = 20;

constexpr std::int64_t kProbeEverySeconds = 5;
constexpr std::int64_t kUpgradeEverySeconds = 60;
constexpr std::int64_t kSilentEverySeconds = 10;
constexpr std::int64_t kAllEverySeconds = 20;  ///< where events are not certain

}  // namespace

bool SweepSchedule::IsSweepDue(std::int64_t now_ms) const {
  if (sweep_) return false;
  if (poll_ms_ > 0) return now_ms - last_sweep_ms_ >= poll_ms_ || now_ms < last_sweep_ms_;
  return now_ms / kOneMinuteMs != last_sweep_ms_ / kOneMinuteMs && now_ms % kOneMinuteMs >= kSweepAtMs;
}

SweepSchedule::Sweep SweepSchedule::BeginSweep(std::int64_t now_ms, std::int64_t oldest_hour,
                                               bool are_events_certain, std::int64_t search_cost_ms) {
  last_sweep_ms_ = now_ms;
  // A clock that was set back does not put it off.
  const std::int64_t since_search_ms = now_ms < last_search_ms_ ? kThoroughEveryMs : now_ms - last_search_ms_;
  const std::int64_t pause_ms = are_events_certain ? kThoroughEveryMs : kPauseUncertain * search_cost_ms;
  sweep_ = UnderWay{.begin_ms = now_ms};
  // Every hour that may have grown since the last sweep that found all there was.
  const std::int64_t since_ms = std::min(now_ms, swept_until_ms_) - kSettledMs;
  return {.begin_ms = now_ms,
          .first_hour = std::max(BucketOf(Level::kHour, since_ms / 1000, 0), oldest_hour),
          .last_hour = BucketOf(Level::kHour, (now_ms + kOneMinuteMs) / 1000, 0),
          .is_thorough = since_search_ms >= std::min(pause_ms, kThoroughEveryMs),
          .may_search = since_search_ms >= std::max(kPauseWhereSetsLack * search_cost_ms, kOneMinuteMs / 2)};
}

void SweepSchedule::OnSearched() {
  if (sweep_) last_search_ms_ = sweep_->begin_ms;
}

void SweepSchedule::OnListed(bool is_whole) {
  if (!sweep_) return;
  sweep_->is_listed = true;
  sweep_->is_whole = is_whole;
}

std::optional<std::int64_t> SweepSchedule::FinishSweep() {
  if (!sweep_ || !sweep_->is_listed) return std::nullopt;
  const UnderWay done = *std::exchange(sweep_, std::nullopt);
  if (!done.is_whole) return std::nullopt;
  swept_until_ms_ = done.begin_ms;
  return done.begin_ms;
}

bool SweepSchedule::TakeProbe(bool is_upgrade, std::int64_t search_cost_ms) {
  const std::int64_t pause_s = std::min(kPauseUncertain * search_cost_ms, kThoroughEveryMs) / 1000;
  const std::int64_t every_s = std::max(is_upgrade ? kUpgradeEverySeconds : kProbeEverySeconds, pause_s);
  if (seconds_ - probed_at_ < every_s) return false;
  probed_at_ = seconds_;
  return true;
}

SweepSchedule::EntityScan SweepSchedule::TakeEntityScan(bool are_events_certain, bool is_scanning_all,
                                                        bool is_queue_idle) {
  if (is_scanning_all) all_scanned_at_ = seconds_;
  if (!is_queue_idle) return EntityScan::kNone;
  if (!are_events_certain && seconds_ - all_scanned_at_ >= kAllEverySeconds) {
    all_scanned_at_ = silent_scanned_at_ = seconds_;
    return EntityScan::kAll;
  }
  if (seconds_ - silent_scanned_at_ < kSilentEverySeconds) return EntityScan::kNone;
  silent_scanned_at_ = seconds_;
  return EntityScan::kSilent;
}

}  // namespace keymeter::processor
