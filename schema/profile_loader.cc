#include "schema/profile_loader.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "schema/profile_parser.h"
#include "schema/shipped_profiles.h"
#include "schema/small_file.h"

namespace keymeter {

namespace {

constexpr std::size_t kMostProfileBytes = 1 << 20;

}  // namespace

Result<Profile> LoadProfile(const std::string& name_or_path) {
  if (const auto shipped = ShippedProfile(name_or_path)) return ParseProfile(*shipped);
  const auto text = ReadSmallFile(name_or_path, kMostProfileBytes);
  if (!text && text.error().reason == ErrorReason::kCannotOpen)
    return Fail(ErrorCode::kInvalid,
                "profile '{}' is neither auto, nor a shipped one ({}), nor a readable file", name_or_path,
                fmt::join(ShippedProfileNames(), ", "));
  if (!text) return Fail(ErrorCode::kInvalid, "profile {}", text.error().message);
  auto profile = ParseProfile(*text);
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
