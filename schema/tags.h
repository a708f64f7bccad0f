#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

/// The tags of an API key: a JSON array of texts, as a relay writes it and the column `api_key.tags` holds
/// it.
///
/// Anything else is no tags. The processor stores "[]" in its place. Files of earlier versions hold whatever
/// the relay wrote, so who reads the column reads it through here too. Threads: pure functions. Bounds: those
/// below.
namespace keymeter {

inline constexpr std::size_t kMaxTags = 64;
inline constexpr std::size_t kMaxTagBytes = 256;
/// Of the JSON: each tag with quotes, a comma and as many bytes again for escapes.
inline constexpr std::size_t kMaxTagsJsonBytes = kMaxTags * (2 * kMaxTagBytes + 4);

/// The empty text is no tags. Errors (kInvalid) say which bound was left, without quoting.
[[nodiscard]] Result<std::vector<std::string>> ReadTags(std::string_view json);

/// Whether `tag` is one of them; false when `json` is no tags. In SQL: has_tag(json, tag).
[[nodiscard]] bool HasTag(std::string_view json, std::string_view tag);

}  // namespace keymeter
