#include "schema/byte_size.h"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace keymeter {

std::string FormatBytes(std::int64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  constexpr double kRoundsUpTo1000 = 999.5;
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; std::abs(amount) >= kRoundsUpTo1000 && unit + 1 < kUnits.size(); ++unit) amount /= 1000;
  const double tenths = std::round(amount * 10) / 10;
  const bool is_whole = std::abs(tenths) >= 100 || tenths == std::round(tenths);
  return fmt::format("{:.{}f} {}", is_whole ? amount : tenths, is_whole ? 0 : 1, kUnits[unit]);
}

}  // namespace keymeter
