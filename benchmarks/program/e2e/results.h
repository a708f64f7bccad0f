#pragma once

#include <string>
#include <vector>

#include "benchmarks/program/e2e/figures.h"
#include "benchmarks/program/e2e/plan.h"
#include "benchmarks/program/e2e/statistics.h"

namespace keymeter::e2e {

struct Run {
  RunId id;
  Figures figures;
  std::string failure;  ///< why there are no figures; "" when there are
};

/// All runs so far. Threads: one.
class Results {
 public:
  void Add(Run run) { runs_.push_back(std::move(run)); }

  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
  [[nodiscard]] bool HasFailed() const;
  [[nodiscard]] std::vector<std::string> Loads() const;  ///< in the order of their first runs
  /// The subjects with runs under this load, in the order of SubjectKind.
  [[nodiscard]] std::vector<SubjectKind> Subjects(const std::string& load) const;

  /// Over the repeats that have this figure; its count is 0 when none has.
  [[nodiscard]] Summary Of(const std::string& load, SubjectKind subject,
                           Figures::Value Figures::*value) const;
  /// `first` divided by `second` within each repeat that has both, so that changes between repeats cancel
  /// out.
  [[nodiscard]] Summary Ratio(const std::string& load, SubjectKind first, SubjectKind second,
                              Figures::Value Figures::*value) const;

 private:
  [[nodiscard]] const Run* Find(int repeat, const std::string& load, SubjectKind subject) const;
  std::vector<Run> runs_;
};

}  // namespace keymeter::e2e
