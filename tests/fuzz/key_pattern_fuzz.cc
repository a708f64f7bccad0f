/// Input: a pattern, a newline, a key. What a pattern matches it must build again, byte for byte; an id ends
/// where the pattern goes on; and the glob that asks Redis for its keys must be valid.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "schema/key_pattern.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

/// What no id of this pattern may hold: a colon, or the longer text that must follow it.
std::string_view EndOfId(std::string_view pattern) {
  const std::size_t id = pattern.find("{id}");
  if (id == std::string_view::npos || pattern.find("{model}") < id) return ":";
  const std::string_view behind = pattern.substr(id + 4);
  const std::string_view text = behind.substr(0, behind.find('{'));
  return text.size() > 1 ? text : ":";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t newline = input.find('\n');
  if (newline == std::string_view::npos) return 0;
  const std::string_view key = input.substr(newline + 1);

  const auto pattern = keymeter::KeyPattern::Parse(input.substr(0, newline));
  if (!pattern) {
    Require(!pattern.error().message.empty());
    return 0;
  }
  Require(pattern->Glob().size() >= pattern->prefix().size());
  keymeter::KeyParts parts;
  if (!pattern->Match(key, parts)) return 0;
  Require(pattern->Key(parts) == key);
  Require(key.starts_with(pattern->prefix()));
  Require(parts.id.find(EndOfId(pattern->text())) == std::string_view::npos);
  return 0;
}
