#pragma once

#include <string_view>

#include "schema/error.h"
#include "schema/profile.h"

namespace keymeter {

/// Reads a profile from its JSON. `"entities_of": "NAME"` takes entities and groups from a shipped one. An
/// error names the place: "counters[0].key: …". Unknown members are errors.
[[nodiscard]] Result<Profile> ParseProfile(std::string_view json);

}  // namespace keymeter
