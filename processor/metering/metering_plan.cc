#include "processor/metering/metering_plan.h"

#include <algorithm>
#include <utility>

#include "processor/metering/growth.h"
#include "schema/profile_loader.h"
#include "schema/shipped_profiles.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kAdoptAfterMs = 10'000;
constexpr int kHoursOfDay = 24;
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

bool IsDated(const Profile& profile) {
  return std::all_of(profile.counters.begin(), profile.counters.end(),
                     [](const CounterSpec& spec) { return spec.period == Period::kHour; });
}

bool IsHourOfEntity(const CounterSpec& spec) {
  return spec.period == Period::kHour && !spec.key.Has(KeyPattern::Hole::kModel);
}

std::optional<Profile> ShippedProfile(const std::string& name) {
  const std::vector<std::string> shipped = ShippedProfileNames();
  if (std::find(shipped.begin(), shipped.end(), name) == shipped.end()) return std::nullopt;
  auto profile = LoadProfile(name);
  if (!profile) return std::nullopt;
  return std::move(*profile);
}

}  // namespace

MeteringPlan::MeteringPlan(std::vector<Profile> candidates) : candidates_(std::move(candidates)) {
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    for (const CounterSpec& spec : candidates_[i].counters) {
      counters_.push_back(spec);
      candidate_of_.push_back(i);
      // Beside finer counters its hours are history like its days: read where nothing finer is.
      if (candidates_.size() > 1 && IsHourOfEntity(spec))
        counters_.back().coarser.insert(counters_.back().coarser.begin(),
                                        {Level::kHour, spec.key, spec.keep_hours / kHoursOfDay});
    }
}

Result<MeteringPlan> MeteringPlan::Make(std::vector<Profile> candidates, std::vector<ProfileUse> stored,
                                        std::int64_t next_hour, std::int64_t now_ms) {
  const bool is_auto = candidates.size() > 1;
  const auto is_candidate = [&](const std::string& name) {
    return std::any_of(candidates.begin(), candidates.end(),
                       [&](const Profile& p) { return p.name == name; });
  };
  // Hours that an earlier profile metered stay its own: their late growth is read by its counters.
  for (const ProfileUse& use : stored) {
    if (is_candidate(use.profile)) continue;
    auto earlier = ShippedProfile(use.profile);
    if (!earlier)
      return Fail(MakeError(ErrorCode::kInvalid, "--profile {}: the file was metered with profile {}",
                            is_auto ? "auto" : candidates.front().name, use.profile)
                      .Because(ErrorReason::kNoProfile)
                      .Remedy("name that one, or another --db"));
    candidates.push_back(std::move(*earlier));
  }
  MeteringPlan plan(std::move(candidates));
  plan.is_auto_ = is_auto;
  plan.uses_ = std::move(stored);
  std::sort(plan.uses_.begin(), plan.uses_.end(),
            [](const ProfileUse& a, const ProfileUse& b) { return a.from_hour < b.from_hour; });
  for (const ProfileUse& use : plan.uses_) plan.used_.push_back(plan.CandidateNamed(use.profile));
  if (is_auto) return plan;
  if (!plan.IsDecided()) {
    plan.Use(0, 0, now_ms);
  } else if (plan.profile() != plan.candidates_.front().name) {
    for (const Profile& profile : plan.candidates_)
      if (!IsDated(profile))
        return Fail(
            MakeError(ErrorCode::kInvalid,
                      "--profile {}: the file was metered with profile {}, and {} has counters without an "
                      "hour, which cannot take over at one",
                      plan.candidates_.front().name, plan.profile(), profile.name)
                .Because(ErrorReason::kNoProfile)
                .Remedy("name another --db"));
    plan.Use(0, next_hour, now_ms);
  }
  return plan;
}

const std::string& MeteringPlan::profile() const {
  static const std::string undecided;
  return uses_.empty() ? undecided : uses_.back().profile;
}

bool MeteringPlan::HasDatedCounters() const {
  return std::any_of(counters_.begin(), counters_.end(),
                     [](const CounterSpec& spec) { return spec.period == Period::kHour; });
}

std::size_t MeteringPlan::CandidateNamed(const std::string& profile) const {
  std::size_t candidate = 0;
  while (candidate < candidates_.size() && candidates_[candidate].name != profile) ++candidate;
  return candidate;
}

/// kNone while undecided.
std::size_t MeteringPlan::CandidateAt(std::int64_t hour) const {
  for (std::size_t i = uses_.size(); i > 0; --i)
    if (uses_[i - 1].from_hour <= hour) return used_[i - 1];
  return kNone;
}

bool MeteringPlan::Meters(std::size_t spec, std::int64_t hour) const {
  return CandidateAt(hour) == candidate_of_[spec];
}

const CounterSpec* MeteringPlan::Find(EntityKind kind, std::int64_t hour) const {
  const std::size_t candidate = CandidateAt(hour);
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const bool has_period = counters_[i].period == Period::kHour;
    if (candidate_of_[i] == candidate && counters_[i].kind == kind && has_period == (hour != kNoPeriod))
      return &counters_[i];
  }
  return nullptr;
}

bool MeteringPlan::IsWatched(std::size_t spec) const {
  return IsCandidate(spec) || std::find(used_.begin(), used_.end(), candidate_of_[spec]) != used_.end();
}

bool MeteringPlan::IsCandidate(std::size_t spec) const {
  return !IsDecided() || (is_auto_ && candidate_of_[spec] < used_.back());
}

bool MeteringPlan::See(std::size_t spec, std::int64_t now_ms) {
  if (IsDecided()) return false;
  if (candidate_of_[spec] == 0) {
    Use(0, 0, now_ms);
    return true;
  }
  if (coarse_seen_ms_ == 0 || candidate_of_[spec] < coarse_) {
    coarse_ = candidate_of_[spec];
    coarse_seen_ms_ = now_ms;
  }
  return false;
}

bool MeteringPlan::IsSettling(std::int64_t now_ms) const {
  return !IsDecided() && coarse_seen_ms_ != 0 && now_ms - coarse_seen_ms_ >= kAdoptAfterMs;
}

bool MeteringPlan::Settle(std::int64_t now_ms) {
  if (!IsSettling(now_ms)) return false;
  Use(coarse_, 0, now_ms);
  return true;
}

bool MeteringPlan::Outgrow(std::size_t spec, std::int64_t next_hour, std::int64_t now_ms) {
  if (!IsDecided() || !IsCandidate(spec)) return false;
  Use(candidate_of_[spec], next_hour, now_ms);
  return true;
}

void MeteringPlan::Use(std::size_t candidate, std::int64_t from_hour, std::int64_t now_ms) {
  uses_.push_back({from_hour, candidates_[candidate].name, now_ms});
  used_.push_back(candidate);
  is_written_ = false;
}

std::vector<ProfileUse> MeteringPlan::TakeUnwritten() {
  if (std::exchange(is_written_, true)) return {};
  return uses_;
}

std::optional<std::int64_t> FirstKept(const std::vector<CounterSpec>& counters, Level level, std::int64_t now,
                                      std::int64_t utc_offset_s) {
  std::int64_t kept_s = 0;
  for (const CounterSpec& counter : counters)
    for (const CoarseSpec& coarse : counter.coarser)
      if (coarse.level == level) kept_s = std::max(kept_s, coarse.keep_days * kDaySeconds);
  if (kept_s == 0) return std::nullopt;
  return BucketOf(level, now - kept_s, utc_offset_s);
}

}  // namespace keymeter::processor
