#include "query-api/http/params.h"

#include <algorithm>
#include <charconv>

#include <fmt/ranges.h>

namespace keymeter::query_api {

Result<Params> Params::Parse(std::string_view query, const std::vector<std::string_view>& known,
                             std::string_view repeated) {
  ASSIGN_OR_RETURN(auto pairs, ParseQuery(query));
  Params params;
  for (auto& pair : pairs) {
    if (std::find(known.begin(), known.end(), pair.first) == known.end()) {
      if (known.empty())
        return Fail(ErrorCode::kInvalid, "unknown parameter {}: this takes none", pair.first);
      return Fail(ErrorCode::kInvalid, "unknown parameter {}: known are {}", pair.first,
                  fmt::join(known, ", "));
    }
    const auto is_same = [&](const auto& other) { return other.first == pair.first; };
    if (pair.first != repeated && std::any_of(params.pairs_.begin(), params.pairs_.end(), is_same))
      return Fail(ErrorCode::kInvalid, "{} stands twice", pair.first);
    params.pairs_.push_back(std::move(pair));
  }
  return params;
}

std::optional<std::string_view> Params::Text(std::string_view name) const {
  for (const auto& [key, value] : pairs_)
    if (key == name && !value.empty()) return value;
  return std::nullopt;
}

std::vector<std::string_view> Params::Texts(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : pairs_)
    if (key == name && !value.empty()) values.push_back(value);
  return values;
}

Result<std::optional<std::int64_t>> Params::Int(std::string_view name, std::int64_t least,
                                                std::int64_t most) const {
  const auto text = Text(name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, failure] = std::from_chars(text->data(), end, value);
  if (failure != std::errc() || stop != end || value < least || value > most)
    return Fail(ErrorCode::kInvalid, "{} takes a whole number from {} to {}", name, least, most);
  return value;
}

Result<std::optional<bool>> Params::Bool(std::string_view name) const {
  const auto text = Text(name);
  if (!text) return std::nullopt;
  if (*text == "true" || *text == "1") return true;
  if (*text == "false" || *text == "0") return false;
  return Fail(ErrorCode::kInvalid, "{} takes true or false", name);
}

Result<std::string_view> Params::OneOf(std::string_view name,
                                       const std::vector<std::string_view>& choices) const {
  const auto text = Text(name);
  if (!text) return choices.front();
  const auto found = std::find(choices.begin(), choices.end(), *text);
  if (found == choices.end())
    return Fail(ErrorCode::kInvalid, "{} takes one of {}", name, fmt::join(choices, ", "));
  return *found;
}

}  // namespace keymeter::query_api
