#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keymeter::processor {

/// The most that a counter may hold: beyond it JSON readers lose digits, and SQLite's sums of many could
/// overflow. At a million tokens a second it is reached after 285 years.
inline constexpr std::int64_t kLargestCounter = std::int64_t{1} << 53;

/// A counter's text as Redis keeps it: a whole number from -2^53 to 2^53, nothing else. "abc", "1e400",
/// "12.5" and "" are no values.
[[nodiscard]] std::optional<std::int64_t> ParseCounterValue(std::string_view text);

}  // namespace keymeter::processor
