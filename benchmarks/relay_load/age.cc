#include "benchmarks/relay_load/age.h"

#include <charconv>

#include <fmt/format.h>

namespace keymeter::relay_load {

Result<Age> Age::Parse(std::string_view version) {
  constexpr std::string_view kSeries = "1.1.";
  constexpr int kFirst = 6;
  const std::string_view text = version.starts_with('v') ? version.substr(1) : version;
  int patch = 0;
  if (text.starts_with(kSeries)) {
    const char* end = text.data() + text.size();
    const auto [read_until, error] = std::from_chars(text.data() + kSeries.size(), end, patch);
    if (error == std::errc() && read_until == end && patch >= kFirst && patch <= Age().patch_)
      return Age(patch);
  }
  return Fail(ErrorCode::kInvalid, "'{}' is no release from 1.1.{} to {}", version, kFirst, Age().Text());
}

std::string Age::Text() const {
  return fmt::format("1.1.{}", patch_);
}

}  // namespace keymeter::relay_load
