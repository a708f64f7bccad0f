#include "query-api/access/jwt.h"

#include <algorithm>
#include <optional>

#include "query-api/access/base64url.h"
#include "query-api/access/bearer.h"
#include "query-api/access/digest.h"
#include "schema/bounded_json.h"

namespace keymeter::query_api {

namespace {

using JwtJson = nlohmann::json;

constexpr double kLeewaySeconds = 30;
constexpr std::size_t kLongestSubject = 128;

tl::unexpected<Error> RefuseJwt(std::string_view why) {
  return Fail(ErrorCode::kRefused, "the JWT {}", why);
}

/// A part of the token as a JSON object; nothing when it is none. Whoever sends one has it read before its
/// signature is checked.
std::optional<JwtJson> ObjectOf(std::string_view part) {
  const auto text = DecodeBase64Url(part);
  if (!text) return std::nullopt;
  auto json = ParseJson<JwtJson>(*text, {.bytes = kMaxTokenBytes});
  return json && json->is_object() ? std::optional(std::move(*json)) : std::nullopt;
}

Status CheckTimes(const JwtJson& claims, std::int64_t now_s) {
  const auto now = static_cast<double>(now_s);
  for (const char* name : {"exp", "nbf", "iat"})
    if (claims.contains(name) && !claims.at(name).is_number())
      return RefuseJwt("has an exp, nbf or iat that is no number of seconds");
  if (!claims.contains("exp")) return RefuseJwt("has no exp: it must say until when it holds");
  if (claims.at("exp").get<double>() <= now) return RefuseJwt("has expired");
  if (claims.value("nbf", now) > now + kLeewaySeconds) return RefuseJwt("does not hold yet (nbf)");
  if (claims.value("iat", now) > now + kLeewaySeconds) return RefuseJwt("was issued in the future (iat)");
  return {};
}

Result<JwtClaims> ReadClaims(const JwtJson& json) {
  JwtClaims claims;
  if (json.contains("role")) {
    const JwtJson& role = json.at("role");
    if (role != "viewer" && role != "admin") return RefuseJwt("has a role that is neither viewer nor admin");
    claims.role = role == "admin" ? Role::kAdmin : Role::kViewer;
  }
  if (json.contains("sub")) {
    const JwtJson& subject = json.at("sub");
    if (!subject.is_string() || subject.get_ref<const std::string&>().size() > kLongestSubject)
      return RefuseJwt("has a sub that is no text of up to 128 bytes");
    claims.subject = subject.get<std::string>();
  }
  return claims;
}

}  // namespace

Result<JwtClaims> VerifyJwt(std::string_view token, std::string_view secret, std::int64_t now_s) {
  if (token.size() > kMaxTokenBytes) return RefuseJwt("is too long");
  if (secret.size() < kLeastSecretBytes) return RefuseJwt("cannot be checked by so short a secret");
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last || std::count(token.begin(), token.end(), '.') != 2)
    return RefuseJwt("does not have three parts");
  const auto header = ObjectOf(token.substr(0, first));
  if (!header) return RefuseJwt("has a header that is no base64url of a JSON object");
  if (header->value("alg", JwtJson()) != "HS256") return RefuseJwt("is not signed by HS256");
  if (header->contains("crit")) return RefuseJwt("demands extensions (crit) that are not known here");
  const auto signature = DecodeBase64Url(token.substr(last + 1));
  if (!signature || !EqualsInConstantTime(*signature, HmacSha256(secret, token.substr(0, last))))
    return RefuseJwt("is not signed with our secret");
  const auto claims = ObjectOf(token.substr(first + 1, last - first - 1));
  if (!claims) return RefuseJwt("has a payload that is no base64url of a JSON object");
  RETURN_IF_ERROR(CheckTimes(*claims, now_s));
  return ReadClaims(*claims);
}

}  // namespace keymeter::query_api
