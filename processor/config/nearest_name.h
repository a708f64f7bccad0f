#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keymeter::processor {

/// The known name that somebody who typed `typed` most likely meant; empty: none is near.
[[nodiscard]] std::string NearestName(std::string_view typed, const std::vector<std::string>& known);

/// "; did you mean NAME?", or nothing: for the end of an error.
[[nodiscard]] std::string Suggestion(std::string_view typed, const std::vector<std::string>& known);

}  // namespace keymeter::processor
