#include "benchmarks/program/e2e/results.h"

#include <algorithm>

namespace keymeter::e2e {

bool Results::HasFailed() const {
  return std::ranges::any_of(runs_, [](const Run& run) { return !run.failure.empty(); });
}

std::vector<std::string> Results::Loads() const {
  std::vector<std::string> loads;
  for (const Run& run : runs_)
    if (std::ranges::find(loads, run.id.load) == loads.end()) loads.push_back(run.id.load);
  return loads;
}

std::vector<SubjectKind> Results::Subjects(const std::string& load) const {
  std::vector<SubjectKind> subjects;
  for (const SubjectKind kind : kAllSubjects) {
    if (std::ranges::any_of(runs_,
                            [&](const Run& run) { return run.id.load == load && run.id.subject == kind; }))
      subjects.push_back(kind);
  }
  return subjects;
}

Summary Results::Of(const std::string& load, SubjectKind subject, Figures::Value Figures::*value) const {
  std::vector<double> values;
  for (const Run& run : runs_) {
    const auto& figure = run.figures.*value;
    if (run.id.load == load && run.id.subject == subject && figure) values.push_back(*figure);
  }
  return Summarize(std::move(values));
}

Summary Results::Ratio(const std::string& load, SubjectKind first, SubjectKind second,
                       Figures::Value Figures::*value) const {
  std::vector<double> ratios;
  for (const Run& run : runs_) {
    if (run.id.load != load || run.id.subject != first) continue;
    const Run* other = Find(run.id.repeat, load, second);
    if (other == nullptr) continue;
    const auto& above = run.figures.*value;
    const auto& below = other->figures.*value;
    if (above && below && *below > 0) ratios.push_back(*above / *below);
  }
  return Summarize(std::move(ratios));
}

const Run* Results::Find(int repeat, const std::string& load, SubjectKind subject) const {
  for (const Run& run : runs_)
    if (run.id.repeat == repeat && run.id.load == load && run.id.subject == subject) return &run;
  return nullptr;
}

}  // namespace keymeter::e2e
