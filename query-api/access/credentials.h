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

/// Whom a token stands for.
struct Identity {
  Role role = Role::kViewer;
  std::string name;  ///< of the token, or the JWT's `sub`
  std::string key;   ///< tells it from all others: for rate limits
};

/// The tokens of a file, and a secret for JWTs: either, both, or none. Both files are followed: what is
/// revoked holds no more a second or two later.
///
/// Threads: any. Lifetime: borrows the clock.
class Credentials {
 public:
  /// Empty paths: none of that kind. Errors name the flag, the file and the remedy.
  static Result<Credentials> Open(const std::string& token_file, const std::string& jwt_secret_file,
                                  const Clock& clock);

  /// False: nobody can show who he is.
  [[nodiscard]] bool AreSetUp() const { return tokens_ != nullptr || secret_ != nullptr; }
  /// True: whoever comes will be refused, for there is no token yet.
  [[nodiscard]] bool AreEmpty() const;

  /// Errors are kRefused, and say why without the token.
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
