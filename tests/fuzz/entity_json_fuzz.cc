/// Input: JSON. What is read of it must not depend on what is not listed, be what a whole parser finds, and
/// hold listed members only.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "processor/source/entity_json.h"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::pair<std::string, std::string>> listed = {{"name", "name"}, {"priority", "p"}};
  const auto read = keymeter::processor::ReadJsonFields(text, listed);
  if (!read) {
    Require(!read.error().message.empty());
    return 0;
  }
  Require(read->size() <= listed.size());
  const Json whole = Json::parse(text, nullptr, false);
  if (!whole.is_object()) return 0;  // a blinded string may be well-formed where the real one is not
  for (const auto& [attribute, value] : *read) {
    const Json& found = whole.at(attribute == "name" ? "name" : "p");
    Require(found.is_number_float() || Spelled(found) == value);
  }
  return 0;
}
