#include "schema/tags.h"

#include <algorithm>
#include <utility>

#include <fmt/ranges.h>

#include "schema/bounded_json.h"
#include "schema/utf8.h"

namespace keymeter {

namespace {

/// However many they are, and however long.
Result<nlohmann::json> ReadTexts(std::string_view json, std::size_t most_bytes) {
  ASSIGN_OR_RETURN(auto list, ParseJson<nlohmann::json>(json, {.bytes = most_bytes, .depth = 1}));
  if (!list.is_array()) return Fail(ErrorCode::kInvalid, "is no JSON array");
  for (const auto& text : list)
    if (!text.is_string()) return Fail(ErrorCode::kInvalid, "holds what is no text");
  return list;
}

bool IsTooLong(const nlohmann::json& text) {
  return text.get_ref<const std::string&>().size() > kMaxTagBytes;
}

std::string TooMany(std::size_t count) {
  return fmt::format("is a list of {}, more than {}", count, kMaxTags);
}

std::string TooLong(std::size_t bytes) {
  return fmt::format("is JSON of {} bytes, more than {}", bytes, kMaxTagsJsonBytes);
}

/// Texts that are too long are left out one by one; where there are too many others, those behind are.
KeptTexts KeepList(std::string_view text, const nlohmann::json& list) {
  std::string json = "[";
  std::size_t kept = 0;
  std::size_t too_long = 0;
  for (const auto& item : list) {
    if (IsTooLong(item)) {
      ++too_long;
      continue;
    }
    const std::string quoted = item.dump();
    const std::size_t bytes = json.size() + quoted.size() + 2;
    if (kept == kMaxTags || bytes > kMaxTagsJsonBytes) break;
    if (kept > 0) json += ',';
    json += quoted;
    ++kept;
  }
  json += ']';
  // Blanks and escapes can make the text itself longer than a reader takes.
  if (kept == list.size()) return {text.size() <= kMaxTagsJsonBytes ? std::string(text) : json, ""};
  std::vector<std::string> why;
  if (list.size() > kMaxTags) why.push_back(TooMany(list.size()));
  if (too_long > 0) why.push_back(fmt::format("holds {} of more than {} bytes", too_long, kMaxTagBytes));
  if (why.empty()) why.push_back(TooLong(text.size()));
  return {std::move(json), fmt::format("{} ({} left out)", fmt::join(why, ", "), list.size() - kept)};
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
  std::vector<std::string> tags;
  if (json.empty() || json == "[]") return tags;
  ASSIGN_OR_RETURN(const auto list, ReadTexts(json, kMaxTagsJsonBytes));
  if (list.size() > kMaxTags) return Fail(ErrorCode::kInvalid, "{}", TooMany(list.size()));
  for (const auto& text : list) {
    if (IsTooLong(text)) return Fail(ErrorCode::kInvalid, "holds a text of more than {} bytes", kMaxTagBytes);
    tags.push_back(text.get<std::string>());
  }
  return tags;
}

ListForm ListFormOf(std::string_view attribute) {
  if (attribute == "tags") return ListForm::kArray;
  const bool takes_word = attribute == "permissions" || attribute == "restricted_models";
  return takes_word ? ListForm::kArrayOrWord : ListForm::kNone;
}

KeptTexts KeepTexts(std::string_view text, ListForm form) {
  if (text.empty()) return {"[]", ""};
  const auto list = ReadTexts(text, kMaxListBytes);
  if (list) return KeepList(text, *list);
  if (form == ListForm::kArrayOrWord && IsWord(text)) return KeepWord(text);
  return {"[]", list.error().Text()};
}

bool HasTag(std::string_view json, std::string_view tag) {
  const auto tags = ReadTags(json);
  return tags && std::find(tags->begin(), tags->end(), tag) != tags->end();
}

}  // namespace keymeter
