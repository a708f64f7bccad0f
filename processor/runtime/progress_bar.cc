#include "processor/runtime/progress_bar.h"

#include <algorithm>

#include <fmt/format.h>

namespace keymeter::processor {

std::string BarText(std::string_view what, int percent, int columns) {
  const int shown = std::clamp(percent, 0, 100);
  const int filled = shown * columns / 100;
  return fmt::format("{}  [{:#<{}}{:-<{}}] {:3} %", what, "", filled, "", columns - filled, shown);
}

}  // namespace keymeter::processor
