#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "query-api/http/caller.h"
#include "schema/clock.h"

/// The commands of `keymeter token`, which edit the file of API tokens.
///
/// Each prints its outcome and returns the exit code: 0 done, 1 not done, 2 wrong arguments. A running server
/// notices the change of the file, see Credentials. Threads: one.
/// Tested by tests/integration/token_test.cc.
namespace keymeter::query_api {

struct NewToken {
  std::string name;
  Role role = Role::kViewer;
  std::optional<std::int64_t> lifetime_s{};  ///< nothing: valid until it is revoked
};

/// Prints the token to stdout, the only time that it is shown, and an explanation to stderr.
[[nodiscard]] int CreateToken(const std::string& path, const NewToken& token, const Clock& clock);
/// Prints a table or a JSON list, without hashes.
[[nodiscard]] int ListTokens(const std::string& path, bool as_json, const Clock& clock);
/// `which` is the token's id or its name.
[[nodiscard]] int RevokeToken(const std::string& path, const std::string& which);

}  // namespace keymeter::query_api
