/// Input: the text of a counter's field. It is a value exactly when it is a sign at most and digits, and what
/// strtoll makes of it lies in a counter's range.

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "processor/metering/counter_value.h"

namespace {

bool IsWholeNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> Expected(std::string_view text) {
  if (!IsWholeNumber(text)) return std::nullopt;
  errno = 0;
  const long long value = std::strtoll(std::string(text).c_str(), nullptr, 10);
  const bool is_within = errno == 0 && std::llabs(value) <= keymeter::processor::kLargestCounter;
  return is_within ? std::optional<std::int64_t>(value) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (keymeter::processor::ParseCounterValue(text) != Expected(text)) std::abort();
  return 0;
}
