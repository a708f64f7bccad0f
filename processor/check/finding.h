#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keymeter::check {

/// How bad it is, the worst last.
enum class Severity : std::uint8_t {
  kOk,
  kSkipped,  ///< the check could not be made; `seen` says why
  kNote,     ///< good to know; nothing must be done
  kWarning,  ///< keymeter works, but with limits, or not for long
  kFault,    ///< keymeter cannot work like this
};

enum class Group : std::uint8_t { kRedis, kRelay, kFile, kHost };

[[nodiscard]] std::string_view SeverityName(Severity severity);  ///< "ok", "skipped", "note", …
[[nodiscard]] std::string_view GroupName(Group group);           ///< "Redis", "Relay", "File", "Host"

/// The result of a check. Warnings and faults always have a remedy; a command to run stands on a line of its
/// own, to be copied.
struct Observation {
  Severity severity = Severity::kOk;
  std::string seen;
  std::string remedy;
};
using Observations = std::vector<Observation>;

[[nodiscard]] Observation Ok(std::string seen);
[[nodiscard]] Observation Skipped(std::string why);
[[nodiscard]] Observation Note(std::string seen, std::string remedy = "");
[[nodiscard]] Observation Warning(std::string seen, std::string remedy);
[[nodiscard]] Observation Fault(std::string seen, std::string remedy);

/// One line of the list.
struct Finding {
  Group group = Group::kRedis;
  std::string check;
  Observation observation;
};

/// 0: all is well, or only notes; 1: warnings; 3: faults. (2 is wrong usage, as of every command.)
[[nodiscard]] int ExitCode(const std::vector<Finding>& findings);

[[nodiscard]] std::size_t CountOf(Severity severity, const std::vector<Finding>& findings);

}  // namespace keymeter::check
