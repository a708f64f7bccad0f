#include "query-api/access/token_file.h"

#include <algorithm>
#include <set>

#include "query-api/access/base64url.h"
#include "query-api/access/digest.h"
#include "schema/bounded_json.h"
#include "schema/civil_time.h"
#include "schema/hex.h"

namespace keymeter::query_api {

namespace {

using FileJson = nlohmann::ordered_json;

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kSecretBytes = 32;
constexpr std::string_view kTokenPrefix = "km_";

/// The text of a member; "" when the member is missing or not a text.
std::string TextIn(const FileJson& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<std::int64_t> TimeIn(const FileJson& json, const char* name) {
  const auto time_ms = ParseRfc3339(TextIn(json, name));
  if (!time_ms) return Fail(ErrorCode::kInvalid, "{}: is no time like 2026-11-26T02:00:00Z", name);
  return *time_ms / 1000;
}

bool IsId(std::string_view id) {
  return id.size() == 8 && FromHex(id);
}

Result<StoredToken> ParseToken(const FileJson& json) {
  StoredToken token;
  token.id = TextIn(json, "id");
  if (!IsId(token.id)) return Fail(ErrorCode::kInvalid, "id: is not eight hex digits");
  token.name = TextIn(json, "name");
  if (!IsTokenName(token.name))
    return Fail(ErrorCode::kInvalid, "name: is not 1 to 64 of letters, digits and ._@-");
  const auto role = ParseRole(TextIn(json, "role"));
  if (!role) return Fail(ErrorCode::kInvalid, "role: is neither viewer nor admin");
  token.role = *role;
  token.sha256 = FromHex(TextIn(json, "sha256")).value_or("");
  if (token.sha256.size() != kHashBytes) return Fail(ErrorCode::kInvalid, "sha256: is not 64 hex digits");
  ASSIGN_OR_RETURN(const auto created, TimeIn(json, "created"));
  token.created_s = created;
  if (!json.contains("expires") || json.at("expires").is_null()) return token;
  ASSIGN_OR_RETURN(const auto expires, TimeIn(json, "expires"));
  token.expires_s = expires;
  return token;
}

Result<StoredTokens> ParseTokens(const FileJson& list) {
  StoredTokens tokens;
  std::set<std::string> known;
  for (const FileJson& json : list) {
    const std::string place = fmt::format("tokens[{}]", tokens.size());
    if (!json.is_object()) return Fail(ErrorCode::kInvalid, "{}: is no object", place);
    auto token = ParseToken(json);
    if (!token) return Fail(ErrorCode::kInvalid, "{}.{}", place, token.error().Text());
    if (!known.insert(token->name).second)
      return Fail(ErrorCode::kInvalid, "{}.name: '{}' is there twice", place, token->name);
    if (!known.insert("id " + token->id).second)
      return Fail(ErrorCode::kInvalid, "{}.id: '{}' is there twice", place, token->id);
    tokens.push_back(std::move(*token));
  }
  return tokens;
}

}  // namespace

bool IsTokenName(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '@' || c == '-';
  });
}

std::string_view RoleName(Role role) {
  return role == Role::kAdmin ? "admin" : "viewer";
}

std::optional<Role> ParseRole(std::string_view name) {
  for (const Role role : {Role::kViewer, Role::kAdmin})
    if (RoleName(role) == name) return role;
  return std::nullopt;
}

Result<StoredTokens> ParseTokenFile(std::string_view text) {
  const auto parsed = ParseJson<FileJson>(text, {.bytes = kMaxTokenFileBytes});
  if (!parsed || !parsed->is_object())
    return Fail(ErrorCode::kInvalid, "is no file of tokens: it holds no JSON object");
  const FileJson& json = *parsed;
  if (!json.contains("version") || json.at("version") != 1)
    return Fail(ErrorCode::kInvalid, "version: is not 1, the only one that is known here");
  if (!json.contains("tokens") || !json.at("tokens").is_array())
    return Fail(ErrorCode::kInvalid, "tokens: is no list");
  if (json.at("tokens").size() > kMaxTokens)
    return Fail(ErrorCode::kInvalid, "tokens: are more than {}", kMaxTokens);
  return ParseTokens(json.at("tokens"));
}

std::string TokenFileText(const StoredTokens& tokens) {
  FileJson list = FileJson::array();
  for (const StoredToken& token : tokens)
    list.push_back(
        {{"id", token.id},
         {"name", token.name},
         {"role", RoleName(token.role)},
         {"created", FormatRfc3339(token.created_s * 1000)},
         {"expires", token.expires_s ? FileJson(FormatRfc3339(*token.expires_s * 1000)) : FileJson()},
         {"sha256", ToHex(token.sha256)}});
  return FileJson{{"version", 1}, {"tokens", list}}.dump(2) + "\n";
}

const StoredToken* FindToken(const StoredTokens& tokens, std::string_view token) {
  const std::string hash = Sha256(token);
  const StoredToken* found = nullptr;
  for (const StoredToken& stored : tokens)
    if (EqualsInConstantTime(stored.sha256, hash)) found = &stored;
  return found;
}

std::string MakeToken() {
  return std::string(kTokenPrefix) + EncodeBase64Url(RandomBytes(kSecretBytes));
}

}  // namespace keymeter::query_api
