/// Input: what a stranger may write into the headers that say who he is. No JWT holds that we did not sign, a
/// signed one holds only in its time, tokens have one form, and addresses and hops are read as they are
/// written.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "query-api/access/base64url.h"
#include "query-api/access/bearer.h"
#include "query-api/access/client_address.h"
#include "query-api/access/cors.h"
#include "query-api/access/digest.h"
#include "query-api/access/forwarded.h"
#include "query-api/access/jwt.h"

namespace {

using namespace keymeter::query_api;

constexpr std::int64_t kNowS = 1'795'178'070;

void Require(bool holds) {
  if (!holds) std::abort();
}

void TryJwt(const std::string& text) {
  const std::string secret(32, 's');
  Require(!VerifyJwt(text, secret, kNowS).has_value());
  const std::string part = EncodeBase64Url(R"({"alg":"HS256"})") + "." + EncodeBase64Url(text);
  const auto claims = VerifyJwt(part + "." + EncodeBase64Url(HmacSha256(secret, part)), secret, kNowS);
  if (!claims) {
    Require(!claims.error().message.empty());
    return;
  }
  const auto payload = nlohmann::json::parse(text);
  Require(payload.at("exp").get<double>() > static_cast<double>(kNowS));
  Require((claims->role == Role::kAdmin) == (payload.value("role", "") == "admin"));
}

void TryHeaders(const std::string& text) {
  const auto bearer = BearerOf({"GET", "/", "", {{"Authorization", text}}, "10.0.0.1"});
  if (bearer && *bearer) {
    Require(!(*bearer)->empty() && (*bearer)->size() <= kMaxTokenBytes);
    Require(text.ends_with(**bearer) || text.find(**bearer + " ") != std::string::npos ||
            text.find(**bearer + "\t") != std::string::npos);
  }
  const auto offer = ProtocolOfferOf({"GET", "/", "", {{"Sec-WebSocket-Protocol", text}}, "10.0.0.1"});
  if (offer) Require(offer->protocol.empty() || offer->protocol == "keymeter");
  if (IsOrigin(text)) Require(!AuthorityOf(text).empty() && text.find_first_of(" \r\n") == std::string::npos);
}

void TryHops(const std::string& text) {
  std::string joined;
  for (const std::string& hop : ForwardedForHops(text)) joined += hop + ",";
  joined.pop_back();
  Require(ForwardedForHops(joined) == ForwardedForHops(text));
  const auto hops = ForwardedHops(text);
  if (!hops) return;
  std::string written;
  for (const std::string& hop : *hops) {
    written += written.empty() ? "for=\"" : ",for=\"";
    for (const char c : hop) written += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    written += '"';
  }
  Require(*ForwardedHops(written) == *hops);
}

void TryAddresses(const std::string& text) {
  if (const auto address = IpAddress::ParseWithPort(text))
    Require(IpAddress::Parse(address->ToString())->bytes() == address->bytes());
  if (const auto network = IpNetwork::Parse(text))
    Require(network->Contains(*IpAddress::Parse(text.substr(0, text.find('/')))));
  const auto proxies = TrustedProxies::Parse({"10.0.0.0/8"});
  const auto client = proxies->ClientOf({"GET", "/", "", {{"X-Forwarded-For", text}}, "10.0.0.1"});
  Require(client && IpAddress::Parse(*client).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = DecodeBase64Url(text)) Require(EncodeBase64Url(*bytes) == text);
  TryJwt(text);
  TryHeaders(text);
  TryHops(text);
  TryAddresses(text);
  return 0;
}
