#include "processor/check/finding.h"

#include <algorithm>
#include <utility>

namespace keymeter::check {

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kOk:
      return "ok";
    case Severity::kSkipped:
      return "skipped";
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kFault:
      return "fault";
  }
  return "";
}

std::string_view GroupName(Group group) {
  switch (group) {
    case Group::kRedis:
      return "Redis";
    case Group::kRelay:
      return "Relay";
    case Group::kFile:
      return "File";
    case Group::kHost:
      return "Host";
  }
  return "";
}

Observation Ok(std::string seen) {
  return {Severity::kOk, std::move(seen), ""};
}
Observation Skipped(std::string why) {
  return {Severity::kSkipped, std::move(why), ""};
}
Observation Note(std::string seen, std::string remedy) {
  return {Severity::kNote, std::move(seen), std::move(remedy)};
}
Observation Warning(std::string seen, std::string remedy) {
  return {Severity::kWarning, std::move(seen), std::move(remedy)};
}
Observation Fault(std::string seen, std::string remedy) {
  return {Severity::kFault, std::move(seen), std::move(remedy)};
}

std::size_t CountOf(Severity severity, const std::vector<Finding>& findings) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [severity](const Finding& finding) { return finding.observation.severity == severity; }));
}

int ExitCode(const std::vector<Finding>& findings) {
  if (CountOf(Severity::kFault, findings) > 0) return 3;
  return CountOf(Severity::kWarning, findings) > 0 ? 1 : 0;
}

}  // namespace keymeter::check
