#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/program/e2e/subject_kind.h"

namespace keymeter::e2e {

inline constexpr const char* kTraceLoad = "trace";

struct Options {
  bool is_steady = false;
  // Of the comparison.
  /// Requests a second, or the trace.
  std::vector<std::string> loads = {"100", "500", "1000", "2000", kTraceLoad};
  std::vector<SubjectKind> subjects = {SubjectKind::kOff,      SubjectKind::kOn,    SubjectKind::kFloor,
                                       SubjectKind::kKeymeter, SubjectKind::kServe, SubjectKind::kNaive};
  int repeats = 9;
  double seconds = 6;  ///< of a paced load
  int copies = 5;      ///< of the trace
  std::uint64_t seed = 1;
  std::string json;          ///< file for the figures; "" for none
  std::string other_binary;  ///< of SubjectKind::kBefore, which it adds to the subjects
  // Of the steady run.
  double steady_rps = 2000;
  double steady_minutes = 5;
};

struct CommandLine {
  Options options;
  std::optional<int> exit_code;  ///< set: exit with it at once; the text has been printed
};

[[nodiscard]] CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace keymeter::e2e
