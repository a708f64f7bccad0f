#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/error.h"

namespace keymeter::processor {

inline constexpr std::size_t kMostJsonBytes = std::size_t{64} * 1024;
inline constexpr int kMostJsonDepth = 16;

/// The listed members of a JSON object, as a hash would hold them: texts as they are, numbers and true/false
/// spelled out, null and nested values left out. Of a member that stands twice the last one counts, as for
/// every reader of JSON.
///
/// Made for objects with secrets in them. What is not listed is blinded before the parser sees it: dots
/// instead of what a string holds, ones instead of digits. So no result, no error and no buffer of the parser
/// holds a secret; wiping `text` is the caller's. Not for nested facts: what lies deeper than the object's
/// own members is skipped.
/// Threads: any. Bounds: kMostJsonBytes, kMostJsonDepth; O(bytes).
///
/// `fields`: attribute ← name of the member.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> ReadJsonFields(
    std::string_view text, const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace keymeter::processor
