/// Input: JSON. As an account: what is read of it must not depend on what is not listed, be what a whole
/// parser finds, and hold listed members only. As tags: they must be what a whole parser finds, and within
/// bounds. As anything: what is read must be no deeper than asked for.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "processor/source/entity_json.h"
#include "schema/bounded_json.h"
#include "schema/tags.h"

namespace {

using Json = nlohmann::json;

void Require(bool holds) {
  if (!holds) std::abort();
}

/// What a hash would hold of a value; "" also for what is left out.
std::string Spelled(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer() || value.is_boolean()) return value.dump();
  return "";
}

/// Recursive, as all that is done with a value; so it must not be called with a deep one.
std::size_t DepthOf(const Json& value) {
  std::size_t deepest = 0;
  for (const Json& part : value) deepest = std::max(deepest, part.is_structured() ? DepthOf(part) : 0);
  return value.is_structured() ? deepest + 1 : 0;
}

void TryDepth(std::string_view text) {
  for (const std::size_t depth : {std::size_t{0}, std::size_t{1}, std::size_t{16}}) {
    const auto read = keymeter::ParseJson<Json>(text, {.bytes = text.size(), .depth = depth});
    if (read) Require(DepthOf(*read) <= depth && *read == Json::parse(text));
    if (!read) Require(!read.error().message.empty());
  }
}

void TryTags(std::string_view text) {
  const auto tags = keymeter::ReadTags(text);
  if (!tags) {
    Require(!keymeter::HasTag(text, ""));
    return;
  }
  Require(tags->size() <= keymeter::kMaxTags);
  Require(text.empty() ? tags->empty() : Json::parse(text) == Json(*tags));
  for (const std::string& tag : *tags)
    Require(tag.size() <= keymeter::kMaxTagBytes && keymeter::HasTag(text, tag));
}

void TryAccount(std::string_view text) {
  const std::vector<std::pair<std::string, std::string>> listed = {{"name", "name"}, {"priority", "p"}};
  const auto read = keymeter::processor::ReadJsonFields(text, listed);
  if (!read) {
    Require(!read.error().message.empty());
    return;
  }
  Require(read->size() <= listed.size());
  const Json whole = Json::parse(text, nullptr, false);
  if (!whole.is_object()) return;  // a blinded string may be well-formed where the real one is not
  for (const auto& [attribute, value] : *read) {
    const Json& found = whole.at(attribute == "name" ? "name" : "p");
    Require(found.is_number_float() || Spelled(found) == value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  TryDepth(text);
  TryTags(text);
  TryAccount(text);
  return 0;
}
