#include "schema/tags.h"

#include <algorithm>

#include "schema/bounded_json.h"
#include "schema/utf8.h"

namespace keymeter {

namespace {

/// However many they are.
Result<std::vector<std::string>> ReadTexts(std::string_view json) {
  std::vector<std::string> texts;
  if (json.empty() || json == "[]") return texts;
  ASSIGN_OR_RETURN(const auto list,
                   ParseJson<nlohmann::json>(json, {.bytes = kMaxTagsJsonBytes, .depth = 1}));
  if (!list.is_array()) return Fail(ErrorCode::kInvalid, "is no JSON array");
  for (const auto& text : list) {
    if (!text.is_string()) return Fail(ErrorCode::kInvalid, "holds what is no text");
    if (text.get_ref<const std::string&>().size() > kMaxTagBytes)
      return Fail(ErrorCode::kInvalid, "holds a text of more than {} bytes", kMaxTagBytes);
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

std::string TooMany(std::size_t count) {
  return fmt::format("is a list of {}, more than {}", count, kMaxTags);
}

/// One text, rather than JSON that is broken.
bool IsWord(std::string_view text) {
  return text.find_first_of("[]{}\"\\") == std::string_view::npos && utf8::IsValid(text);
}

KeptTexts KeepWord(std::string_view word) {
  const std::string kept(utf8::Truncated(word, kMaxTagBytes));
  const bool is_cut = kept.size() < word.size();
  return {nlohmann::json::array({kept}).dump(),
          is_cut ? fmt::format("is a text of more than {} bytes", kMaxTagBytes) : ""};
}

}  // namespace

Result<std::vector<std::string>> ReadTags(std::string_view json) {
  ASSIGN_OR_RETURN(auto tags, ReadTexts(json));
  if (tags.size() > kMaxTags) return Fail(ErrorCode::kInvalid, "{}", TooMany(tags.size()));
  return tags;
}

ListForm ListFormOf(std::string_view attribute) {
  if (attribute == "tags") return ListForm::kArray;
  const bool takes_word = attribute == "permissions" || attribute == "restricted_models";
  return takes_word ? ListForm::kArrayOrWord : ListForm::kNone;
}

KeptTexts KeepTexts(std::string_view text, ListForm form) {
  if (text.empty()) return {"[]", ""};
  auto texts = ReadTexts(text);
  if (!texts) {
    if (form == ListForm::kArrayOrWord && IsWord(text)) return KeepWord(text);
    return {"[]", texts.error().Text()};
  }
  if (texts->size() <= kMaxTags) return {std::string(text), ""};
  const std::string left_out = TooMany(texts->size());
  texts->resize(kMaxTags);
  return {nlohmann::json(*texts).dump(), left_out};
}

bool HasTag(std::string_view json, std::string_view tag) {
  const auto tags = ReadTags(json);
  return tags && std::find(tags->begin(), tags->end(), tag) != tags->end();
}

}  // namespace keymeter
