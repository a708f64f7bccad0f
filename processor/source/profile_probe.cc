#include "processor/source/profile_probe.h"

#include <utility>

namespace keymeter::processor {

void ProfileProbe::Start(Look look, std::function<void(std::size_t)> on_found,
                         std::function<void(bool)> on_done) {
  on_found_ = std::move(on_found);
  on_done_ = std::move(on_done);
  look_ = look;
  is_running_ = true;
  found_.assign(plan_.counters().size(), false);
  std::size_t first = 0;
  while (first < found_.size() && !plan_.IsCandidate(first)) ++first;
  if (first == found_.size()) return Finish(true);
  ScanQueue::Job job;
  job.glob = "*";  // one walk for all patterns: see KeySearch
  job.on_member = [this](std::string_view key) { OnKey(key); };
  job.on_done = [this](bool is_whole) { OnListed(is_whole); };
  job.is_enough = [this, first] { return static_cast<bool>(found_[first]); };
  scans_.Add(std::move(job));
}

void ProfileProbe::OnKey(std::string_view key) {
  for (std::size_t spec = 0; spec < found_.size(); ++spec)
    if (!found_[spec] && plan_.IsCandidate(spec) && IsOf(plan_.counters()[spec], key)) found_[spec] = true;
}

bool ProfileProbe::IsOf(const CounterSpec& counter, std::string_view key) const {
  KeyParts parts;
  if (counter.key.Match(key, parts)) return !counter.IsExcluded(parts.id);
  if (look_ == Look::kHours) return false;
  for (const CoarseSpec& coarse : counter.coarser)
    if (coarse.key.Match(key, parts)) return !counter.IsExcluded(parts.id);
  return false;
}

void ProfileProbe::OnListed(bool is_whole) {
  bool is_empty = is_whole;
  for (std::size_t spec = 0; spec < found_.size(); ++spec) {
    if (!found_[spec]) continue;
    is_empty = false;
    if (plan_.IsCandidate(spec)) on_found_(spec);  // the one before may have decided
  }
  Finish(is_empty);
}

void ProfileProbe::Finish(bool is_empty) {
  is_running_ = false;
  const auto done = std::move(on_done_);  // it may end the session, and this probe
  done(is_empty);
}

}  // namespace keymeter::processor
