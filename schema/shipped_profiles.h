#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keymeter {

/// The profiles that are part of the binary (profiles/*.json), as text.
[[nodiscard]] std::vector<std::string> ShippedProfileNames();  ///< the finest first
/// Nothing when none has this name.
[[nodiscard]] std::optional<std::string_view> ShippedProfile(std::string_view name);

}  // namespace keymeter
