#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/error.h"

/// Lists of texts that are attributes of an entity (tags, permissions, restricted models): a JSON array, as a
/// relay writes it and the columns of `api_key` hold it.
///
/// Anything else is none. The processor stores in its place what KeepTexts makes of it. Files of earlier
/// versions hold whatever the relay wrote, so who reads a column reads it through here too. Threads: pure
/// functions. Bounds: those below.
namespace keymeter {

inline constexpr std::size_t kMaxTags = 64;
inline constexpr std::size_t kMaxTagBytes = 256;
/// Of the JSON: each tag with quotes, a comma and as many bytes again for escapes.
inline constexpr std::size_t kMaxTagsJsonBytes = kMaxTags * (2 * kMaxTagBytes + 4);
/// Of a text that KeepTexts looks at: as long as a field of an entity is read (EntityQuestions).
inline constexpr std::size_t kMaxListBytes = std::size_t{64} * 1024;

/// The empty text is no tags. Errors (kInvalid) say which bound was left, without quoting.
[[nodiscard]] Result<std::vector<std::string>> ReadTags(std::string_view json);

/// How an attribute holds a list.
enum class ListForm : std::uint8_t {
  kNone,         ///< it is no list
  kArray,        ///< "[]" or more
  kArrayOrWord,  ///< one text alone ("all") is a list of one
};
[[nodiscard]] ListForm ListFormOf(std::string_view attribute);

struct KeptTexts {
  std::string json;      ///< ReadTags takes it
  std::string left_out;  ///< what is not kept, and why, without quoting; empty when all is
};

/// What is kept of the text of an attribute that is a list: the first kMaxTags that are not too long, since a
/// list of models that a key may not use would allow them all if it were empty; "[]" for what is none.
[[nodiscard]] KeptTexts KeepTexts(std::string_view text, ListForm form);

/// Whether `tag` is one of them; false when `json` is no tags. In SQL: has_tag(json, tag).
[[nodiscard]] bool HasTag(std::string_view json, std::string_view tag);

}  // namespace keymeter
