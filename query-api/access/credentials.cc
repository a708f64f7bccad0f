#include "query-api/access/credentials.h"

#include "query-api/access/jwt.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::size_t kMaxSecretBytes = 4096;

/// One newline at the end does not belong to the secret: editors and `echo` add it.
Result<std::string> ParseSecret(const std::string& text) {
  std::string secret = text;
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.size() < kLeastSecretBytes)
    return Fail(ErrorCode::kInvalid, "the secret has {} bytes, it takes {} at least: openssl rand -hex 32",
                secret.size(), kLeastSecretBytes);
  return secret;
}

}  // namespace

Result<Credentials> Credentials::Open(const std::string& token_file, const std::string& jwt_secret_file,
                                      const Clock& clock) {
  Credentials credentials(clock);
  if (!token_file.empty()) {
    auto tokens = WatchedFile<StoredTokens>::Open(
        token_file, kMaxTokenFileBytes, [](const std::string& text) { return ParseTokenFile(text); }, clock);
    if (!tokens && FileStamp::Of(token_file) == FileStamp{})
      return Fail(
          MakeError(ErrorCode::kInvalid, "--token-file {}", tokens.error().message)
              .Remedy(fmt::format("make it: keymeter token create --token-file {} --name NAME", token_file)));
    if (!tokens) return Fail(tokens.error().In("--token-file"));
    credentials.tokens_ = std::move(*tokens);
  }
  if (!jwt_secret_file.empty()) {
    auto secret = WatchedFile<std::string>::Open(jwt_secret_file, kMaxSecretBytes, ParseSecret, clock);
    if (!secret) return Fail(secret.error().In("--jwt-secret-file"));
    credentials.secret_ = std::move(*secret);
  }
  return credentials;
}

bool Credentials::AreEmpty() const {
  return tokens_ != nullptr && secret_ == nullptr && tokens_->Get()->empty();
}

Result<Identity> Credentials::Identify(std::string_view token) const {
  // Our own tokens have no dot, a JWT has two.
  return token.find('.') == std::string_view::npos ? IdentifyToken(token) : IdentifyJwt(token);
}

Result<Identity> Credentials::IdentifyToken(std::string_view token) const {
  if (tokens_ == nullptr) return Fail(ErrorCode::kRefused, "this server takes JWTs only");
  const auto tokens = tokens_->Get();
  const StoredToken* const found = FindToken(*tokens, token);
  if (found == nullptr) return Fail(ErrorCode::kRefused, "the token is not known, or was revoked");
  if (found->IsExpired(clock_->WallMs() / 1000))
    return Fail(ErrorCode::kRefused, "the token expired at {}", FormatRfc3339(*found->expires_s * 1000));
  return Identity{found->role, found->name, "token " + found->id};
}

Result<Identity> Credentials::IdentifyJwt(std::string_view token) const {
  if (secret_ == nullptr) return Fail(ErrorCode::kRefused, "this server takes no JWTs");
  const auto secret = secret_->Get();
  ASSIGN_OR_RETURN(auto claims, VerifyJwt(token, *secret, clock_->WallMs() / 1000));
  // JWTs without a `sub` cannot be distinguished: all of them share one rate limit.
  std::string key = "jwt " + claims.subject;
  return Identity{claims.role, std::move(claims.subject), std::move(key)};
}

}  // namespace keymeter::query_api
