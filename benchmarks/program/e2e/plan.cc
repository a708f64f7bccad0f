#include "benchmarks/program/e2e/plan.h"

#include <random>
#include <utility>

namespace keymeter::e2e {

std::vector<RunId> MakePlan(const std::vector<std::string>& loads, const std::vector<SubjectKind>& subjects,
                            int repeats, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<RunId> plan;
  plan.reserve(static_cast<std::size_t>(repeats) * loads.size() * subjects.size());
  for (int repeat = 0; repeat < repeats; ++repeat) {
    for (const std::string& load : loads) {
      std::vector<SubjectKind> order = subjects;
      // Fisher and Yates by hand: std::shuffle is another one in every standard library.
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
      for (const SubjectKind subject : order) plan.push_back({repeat, load, subject});
    }
  }
  return plan;
}

void TimeLeft::Took(const RunId& id, double seconds) {
  for (Sum* sum : {&by_kind_[{id.load, id.subject}], &all_}) {
    sum->seconds += seconds;
    ++sum->count;
  }
}

double TimeLeft::Seconds(const std::vector<RunId>& plan, std::size_t next) const {
  double seconds = 0;
  for (std::size_t i = next; i < plan.size(); ++i) {
    const auto found = by_kind_.find({plan[i].load, plan[i].subject});
    const Sum& like = found == by_kind_.end() ? all_ : found->second;
    if (like.count > 0) seconds += like.seconds / like.count;
  }
  return seconds;
}

}  // namespace keymeter::e2e
