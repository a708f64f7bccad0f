#pragma once

#include <string>
#include <vector>

#include "schema/error.h"
#include "schema/profile.h"

namespace keymeter {

/// A shipped profile by its name, or else a file by its path.
[[nodiscard]] Result<Profile> LoadProfile(const std::string& name_or_path);

/// The profiles that `--profile` names: one, or for "auto" all shipped ones, the finest first; which of these
/// fits is decided by what the relay keeps.
[[nodiscard]] Result<std::vector<Profile>> LoadProfiles(const std::string& name_or_path);

}  // namespace keymeter
