#pragma once

#include <string>
#include <string_view>

namespace keymeter::processor {

/// A progress bar on one line: "copied  [##########----------]  50 %". `percent` is cut to 0…100; `columns`
/// is the width of the bar between its brackets.
[[nodiscard]] std::string BarText(std::string_view what, int percent, int columns = 40);

}  // namespace keymeter::processor
