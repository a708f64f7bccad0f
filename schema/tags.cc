#include "schema/tags.h"

#include <algorithm>

#include "schema/bounded_json.h"

namespace keymeter {

Result<std::vector<std::string>> ReadTags(std::string_view json) {
  std::vector<std::string> tags;
  if (json.empty() || json == "[]") return tags;
  ASSIGN_OR_RETURN(const auto list,
                   ParseJson<nlohmann::json>(json, {.bytes = kMaxTagsJsonBytes, .depth = 1}));
  if (!list.is_array()) return Fail(ErrorCode::kInvalid, "is no JSON array");
  if (list.size() > kMaxTags)
    return Fail(ErrorCode::kInvalid, "is a list of {}, more than {}", list.size(), kMaxTags);
  for (const auto& tag : list) {
    if (!tag.is_string()) return Fail(ErrorCode::kInvalid, "holds what is no text");
    if (tag.get_ref<const std::string&>().size() > kMaxTagBytes)
      return Fail(ErrorCode::kInvalid, "holds a text of more than {} bytes", kMaxTagBytes);
    tags.push_back(tag.get<std::string>());
  }
  return tags;
}

bool HasTag(std::string_view json, std::string_view tag) {
  const auto tags = ReadTags(json);
  return tags && std::find(tags->begin(), tags->end(), tag) != tags->end();
}

}  // namespace keymeter
