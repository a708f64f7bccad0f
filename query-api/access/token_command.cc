#include "query-api/access/token_command.h"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "query-api/access/digest.h"
#include "query-api/access/token_editor.h"
#include "query-api/access/token_file.h"
#include "schema/civil_time.h"
#include "schema/hex.h"

namespace keymeter::query_api {

namespace {

int Report(const Error& why) {
  std::fputs(fmt::format("keymeter: {}\n", why.Text()).c_str(), stderr);
  return why.code == ErrorCode::kInvalid ? 2 : 1;
}

Status CheckPath(const std::string& path) {
  if (!path.empty()) return {};
  return Fail(ErrorCode::kInvalid, "which file? name it by --token-file FILE, or KEYMETER_TOKEN_FILE");
}

StoredTokens::iterator Named(StoredTokens& tokens, const std::string& which) {
  return std::find_if(tokens.begin(), tokens.end(),
                      [&](const StoredToken& token) { return token.id == which || token.name == which; });
}

/// An id that no token has, neither as its id nor as its name.
std::string NewId(StoredTokens& tokens) {
  constexpr std::size_t kIdBytes = 4;
  for (;;) {
    std::string id = ToHex(RandomBytes(kIdBytes));
    if (Named(tokens, id) == tokens.end()) return id;
  }
}

/// Gives the token an id and adds it.
Status Add(StoredTokens& tokens, StoredToken& token) {
  if (Named(tokens, token.name) != tokens.end())
    return Fail(ErrorCode::kRefused, "--name {}: a token has that name; choose another, or revoke it first",
                token.name);
  if (tokens.size() >= kMaxTokens)
    return Fail(ErrorCode::kRefused, "there are {} tokens, and no more fit: revoke some", kMaxTokens);
  token.id = NewId(tokens);
  tokens.push_back(token);
  return {};
}

std::string ExpiryText(const StoredToken& token, std::int64_t now_s) {
  if (!token.expires_s) return "never";
  return FormatRfc3339(*token.expires_s * 1000) + (token.IsExpired(now_s) ? " (expired)" : "");
}

std::string TableOf(const StoredTokens& tokens, std::int64_t now_s) {
  std::size_t width = 4;
  for (const StoredToken& token : tokens) width = std::max(width, token.name.size());
  std::string table =
      fmt::format("{:<8}  {:<{}}  {:<6}  {:<20}  {}\n", "ID", "NAME", width, "ROLE", "CREATED", "EXPIRES");
  for (const StoredToken& token : tokens)
    table +=
        fmt::format("{:<8}  {:<{}}  {:<6}  {:<20}  {}\n", token.id, token.name, width, RoleName(token.role),
                    FormatRfc3339(token.created_s * 1000), ExpiryText(token, now_s));
  return table;
}

std::string JsonOf(const StoredTokens& tokens, std::int64_t now_s) {
  auto list = nlohmann::ordered_json::array();
  for (const StoredToken& token : tokens)
    list.push_back(
        {{"id", token.id},
         {"name", token.name},
         {"role", RoleName(token.role)},
         {"created", FormatRfc3339(token.created_s * 1000)},
         {"expires",
          token.expires_s ? nlohmann::ordered_json(FormatRfc3339(*token.expires_s * 1000)) : nullptr},
         {"isExpired", token.IsExpired(now_s)}});
  return list.dump(2) + "\n";
}

}  // namespace

int CreateToken(const std::string& path, const NewToken& asked, const Clock& clock) {
  if (const Status named = CheckPath(path); !named) return Report(named.error());
  if (!IsTokenName(asked.name))
    return Report({ErrorCode::kInvalid,
                   fmt::format("--name '{}': takes 1 to 64 of letters, digits and ._@-", asked.name)});
  const std::string text = MakeToken();
  const std::int64_t now_s = clock.WallMs() / 1000;
  StoredToken token{"", asked.name, asked.role, now_s, {}, Sha256(text)};
  if (asked.lifetime_s) token.expires_s = now_s + *asked.lifetime_s;
  const Status added =
      EditTokens(path, MissingFile::kIsMade, [&token](StoredTokens& tokens) { return Add(tokens, token); });
  if (!added) return Report(added.error());
  std::fputs(fmt::format("token {} ({}, {}, expires: {}) is shown now and never again; send it as\n"
                         "Authorization: Bearer TOKEN\n",
                         token.id, token.name, RoleName(token.role), ExpiryText(token, now_s))
                 .c_str(),
             stderr);
  std::fputs((text + "\n").c_str(), stdout);
  if (std::fflush(stdout) == 0) return 0;
  return Report(
      {ErrorCode::kRefused,
       fmt::format("the token could not be shown, so it is of no use: keymeter token revoke {}", token.id)});
}

int ListTokens(const std::string& path, bool as_json, const Clock& clock) {
  if (const Status named = CheckPath(path); !named) return Report(named.error());
  const auto tokens = ReadTokens(path);
  if (!tokens) return Report({ErrorCode::kRefused, tokens.error().Text()});
  const std::int64_t now_s = clock.WallMs() / 1000;
  std::fputs((as_json ? JsonOf(*tokens, now_s) : TableOf(*tokens, now_s)).c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

int RevokeToken(const std::string& path, const std::string& which) {
  if (const Status named = CheckPath(path); !named) return Report(named.error());
  StoredToken revoked;
  const Status done = EditTokens(path, MissingFile::kIsAnError, [&](StoredTokens& tokens) -> Status {
    const auto found = Named(tokens, which);
    if (found == tokens.end())
      return Fail(ErrorCode::kRefused, "{}: no token has the id or name '{}'; keymeter token list shows them",
                  path, which);
    revoked = *found;
    tokens.erase(found);
    return {};
  });
  if (!done) return Report(done.error());
  std::fputs(fmt::format("token {} ({}) is revoked; a running server knows within two seconds\n", revoked.id,
                         revoked.name)
                 .c_str(),
             stdout);
  return 0;
}

}  // namespace keymeter::query_api
