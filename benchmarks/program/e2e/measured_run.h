#pragma once

#include <cstdint>
#include <string>

#include "benchmarks/program/e2e/figures.h"
#include "benchmarks/program/e2e/subject_kind.h"
#include "benchmarks/program/e2e/traffic.h"

namespace keymeter::e2e {

inline constexpr double kFlushMs = 1000;  ///< keymeter's default

struct RunSetup {
  SubjectKind subject = SubjectKind::kOff;
  RelayTraffic& traffic;
  std::string other_binary;  ///< of SubjectKind::kBefore
  std::uint64_t seed = 1;    ///< of the times at which the probe writes
};

/// The result of a run: the figures for a million events, and the sums that they are computed from.
struct RunOutcome {
  Figures figures;
  double seconds = 0;                                       ///< of the traffic
  double client_cpu = 0, redis_cpu = 0, generator_cpu = 0;  ///< seconds, all in all
  std::string differences;                                  ///< of the hours; "" when there are none
  std::string complaints;                                   ///< what keymeter logged as warnings and errors
  std::int64_t drift_rows = 0, gap_rows = 0;                ///< in keymeter's file
};

/// One run: a Redis of its own, the subject on it, the traffic, and what it took until all was worked off.
/// The figures begin when the subject is ready. Throws std::runtime_error when something cannot be started or
/// ends too early.
[[nodiscard]] RunOutcome MeasureRun(const RunSetup& setup);

}  // namespace keymeter::e2e
