#include "schema/shipped_profiles.h"

#include "schema/embedded.h"

namespace keymeter {

namespace {

/// The file's name without ".json".
std::string_view NameOf(const EmbeddedFile& file) {
  return file.name.substr(0, file.name.rfind('.'));
}

}  // namespace

std::vector<std::string> ShippedProfileNames() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : EmbeddedProfiles()) names.emplace_back(NameOf(file));
  return names;
}

std::optional<std::string_view> ShippedProfile(std::string_view name) {
  for (const EmbeddedFile& file : EmbeddedProfiles())
    if (NameOf(file) == name) return file.text;
  return std::nullopt;
}

}  // namespace keymeter
