#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/program/e2e/subject_kind.h"

namespace keymeter::e2e {

/// One run: a subject under a load.
struct RunId {
  int repeat = 0;    ///< from 0
  std::string load;  ///< "500" requests a second, or "trace"
  SubjectKind subject = SubjectKind::kOff;
};

/// Every subject under every load, `repeats` times. The subjects of one load and repeat follow each other in
/// an order that the seed shuffles, so that slow changes of the machine (heat, other programs) affect all
/// alike.
[[nodiscard]] std::vector<RunId> MakePlan(const std::vector<std::string>& loads,
                                          const std::vector<SubjectKind>& subjects, int repeats,
                                          std::uint64_t seed);

/// Estimates how long the rest of a plan takes, from the runs of the same subject and load so far.
class TimeLeft {
 public:
  void Took(const RunId& id, double seconds);
  /// Of the runs from `next` on. A subject and load without a run so far counts as the average of all.
  [[nodiscard]] double Seconds(const std::vector<RunId>& plan, std::size_t next) const;

 private:
  struct Sum {
    double seconds = 0;
    int count = 0;
  };
  std::map<std::pair<std::string, SubjectKind>, Sum> by_kind_;
  Sum all_;
};

}  // namespace keymeter::e2e
