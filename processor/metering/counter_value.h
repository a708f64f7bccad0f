#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keymeter::processor {

/// The largest value of a counter that is accepted. Beyond it JSON readers lose digits, and SQLite's sums of
/// many values could overflow. At a million tokens a second it is reached after 285 years.
inline constexpr std::int64_t kLargestCounter = std::int64_t{1} << 53;

/// Parses a counter's text as Redis keeps it: a whole number from -2^53 to 2^53. Anything else ("abc",
/// "1e400", "12.5", "") is no value.
[[nodiscard]] std::optional<std::int64_t> ParseCounterValue(std::string_view text);

}  // namespace keymeter::processor
