#pragma once

#include <string>
#include <vector>

#include "processor/check/finding.h"

namespace keymeter::check {

/// The list for a terminal: groups, aligned columns, remedies behind an arrow, a summary at the end. Lines
/// have at most 80 columns, except where a single word or a command is longer.
[[nodiscard]] std::string TextReport(const std::vector<Finding>& findings, bool has_colour);

/// {"ok": …, "exit": …, "findings": [{"group", "check", "severity", "seen", "remedy"}, …]}; `ok`: no warning,
/// no fault.
[[nodiscard]] std::string JsonReport(const std::vector<Finding>& findings);

}  // namespace keymeter::check
