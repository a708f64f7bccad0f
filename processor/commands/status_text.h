#pragma once

#include <cstdint>
#include <string>

#include "processor/commands/status_report.h"

namespace keymeter::processor {

/// A report for people: aligned lines, times also as "3 s ago". Without colours it has no escape sequence,
/// whatever the relay's names contain.
[[nodiscard]] std::string StatusText(const StatusReport& report, bool with_colours);

/// A report for programs: one JSON object, times as RFC 3339; unknown ones are null.
[[nodiscard]] std::string StatusJson(const StatusReport& report, bool on_one_line);

/// "0 s", "59 s", "4 min 3 s", "2 h 5 min", "3 d 4 h".
[[nodiscard]] std::string DurationText(std::int64_t ms);
[[nodiscard]] std::string CountText(double count);  ///< "0.4", "12.5", "1,507,011"

}  // namespace keymeter::processor
