#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keymeter::processor {

/// A counter's text as Redis keeps it: a whole number of 64 bits, nothing else. "abc", "1e400", "12.5", ""
/// and numbers beyond 2^63 are no values.
[[nodiscard]] std::optional<std::int64_t> ParseCounterValue(std::string_view text);

}  // namespace keymeter::processor
