#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "query-api/http/caller.h"
#include "schema/clock.h"

/// `keymeter token`: who may use the API.
///
/// Each prints for people, or for a script, and gives the program's exit code: 0 done, 1 not done, 2 the
/// words cannot be meant. A running server follows the file, see Credentials. Threads: one.
namespace keymeter::query_api {

struct NewToken {
  std::string name;
  Role role = Role::kViewer;
  std::optional<std::int64_t> lifetime_s{};  ///< nothing: until it is revoked
};

/// The token alone on stdout, and never again; what there is to say about it on stderr.
[[nodiscard]] int CreateToken(const std::string& path, const NewToken& token, const Clock& clock);
/// A table, or a JSON list; no hashes.
[[nodiscard]] int ListTokens(const std::string& path, bool as_json, const Clock& clock);
/// By its id or its name.
[[nodiscard]] int RevokeToken(const std::string& path, const std::string& which);

}  // namespace keymeter::query_api
