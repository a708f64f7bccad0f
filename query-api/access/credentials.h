#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "query-api/access/token_file.h"
#include "query-api/access/watched_file.h"
#include "query-api/http/caller.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// The holder of a token. Threads: plain value.
struct Identity {
  Role role = Role::kViewer;
  std::string name;  ///< the token's name, or the JWT's `sub`
  std::string key;   ///< unique, for rate limits
};

/// The tokens of a file and the secret for JWTs: either, both or none.
///
/// Both files are watched: a revoked token is refused one or two seconds later. Rate limits and refusals of
/// requests are Access' matter.
/// Threads: any. Lifetime: borrows the clock. Bounds: kMaxTokens tokens.
class Credentials {
 public:
  /// An empty path: without that kind. Errors name the flag, the file and the remedy.
  static Result<Credentials> Open(const std::string& token_file, const std::string& jwt_secret_file,
                                  const Clock& clock);

  /// Whether there is a token file or a JWT secret.
  [[nodiscard]] bool AreSetUp() const { return tokens_ != nullptr || secret_ != nullptr; }
  /// There is a token file only, and no token in it: every request is refused.
  [[nodiscard]] bool AreEmpty() const;

  /// Errors are kRefused, and give the reason without the token.
  [[nodiscard]] Result<Identity> Identify(std::string_view token) const;

 private:
  explicit Credentials(const Clock& clock) : clock_(&clock) {}
  [[nodiscard]] Result<Identity> IdentifyJwt(std::string_view token) const;
  [[nodiscard]] Result<Identity> IdentifyToken(std::string_view token) const;

  const Clock* clock_;
  std::unique_ptr<WatchedFile<StoredTokens>> tokens_;
  std::unique_ptr<WatchedFile<std::string>> secret_;
};

}  // namespace keymeter::query_api
