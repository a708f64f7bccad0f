#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/error.h"
#include "schema/percent.h"

/// The text of URLs. Strict: what is not well-formed is refused, never repaired. Threads: pure functions.
namespace keymeter::query_api {

/// Longer request targets (path and query as sent) are answered with 414.
inline constexpr std::size_t kMaxTargetBytes = 8192;
inline constexpr std::size_t kMaxQueryParameters = 32;
inline constexpr std::size_t kMaxValueBytes = 4096;

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

/// Percent-encoded text: UTF-8, of any characters. Ids come from outside, and whatever a list shows must be
/// found by it, control characters too. Nothing when it is anything else.
[[nodiscard]] std::optional<std::string> DecodeUrlText(std::string_view text, PlusSign plus);

/// "a=1&b=x%20y" in its order. Errors (kInvalid) name the parameter.
[[nodiscard]] Result<QueryPairs> ParseQuery(std::string_view query);

}  // namespace keymeter::query_api
