#include "processor/metering/counter_value.h"

#include <charconv>

namespace keymeter::processor {

std::optional<std::int64_t> ParseCounterValue(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < -kLargestCounter || value > kLargestCounter) return std::nullopt;
  return value;
}

}  // namespace keymeter::processor
