#include "schema/profile_loader.h"

#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "schema/profile_parser.h"
#include "schema/shipped_profiles.h"

namespace keymeter {

Result<Profile> LoadProfile(const std::string& name_or_path) {
  if (const auto text = ShippedProfile(name_or_path)) return ParseProfile(*text);
  std::ifstream file(name_or_path, std::ios::binary);
  if (!file)
    return Fail(ErrorCode::kInvalid,
                "profile '{}' is neither auto, nor a shipped one ({}), nor a readable file", name_or_path,
                fmt::join(ShippedProfileNames(), ", "));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto profile = ParseProfile(text);
  if (!profile) return Fail(profile.error().In(fmt::format("profile {}", name_or_path)));
  return profile;
}

Result<std::vector<Profile>> LoadProfiles(const std::string& name_or_path) {
  std::vector<Profile> profiles;
  for (const std::string& name :
       name_or_path == "auto" ? ShippedProfileNames() : std::vector<std::string>{name_or_path}) {
    ASSIGN_OR_RETURN(auto profile, LoadProfile(name));
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace keymeter
