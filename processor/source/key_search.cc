#include "processor/source/key_search.h"

#include <utility>

namespace keymeter::processor {

void KeySearch::Start(std::function<void(bool)> on_done) {
  waiting_.push_back(std::move(on_done));
  if (waiting_.size() > 1) return;
  scans_.AddSteps([this] {
    Begin();
    return false;
  });
  ScanQueue::Job job;
  job.glob = "*";
  job.on_member = [this](std::string_view key) { OnKey(key); };
  job.on_done = [this](bool is_whole) { OnDone(is_whole); };
  scans_.Add(std::move(job));
}

void KeySearch::Begin() {
  served_ = std::exchange(waiting_, {});
  matcher_.emplace(plan_);
}

void KeySearch::OnKey(std::string_view key) {
  const EventMatcher::Match match = matcher_->Find(key);
  switch (match.what) {
    case EventMatcher::What::kNothing:
    case EventMatcher::What::kAmbiguous:  // its events tell it, where any come
      return;
    case EventMatcher::What::kCounter:
      return handler_.on_counter(match.spec, match.parts);
    case EventMatcher::What::kEntity:
      return handler_.on_entity(match.spec, match.parts.id);
    case EventMatcher::What::kGroup:
      return handler_.on_group(match.parts.id);
  }
}

void KeySearch::OnDone(bool is_whole) {
  for (const auto& call : std::exchange(served_, {})) call(is_whole);
}

void KeySearch::Reset() {
  waiting_.clear();
  served_.clear();
}

}  // namespace keymeter::processor
