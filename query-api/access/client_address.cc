#include "query-api/access/client_address.h"

#include <algorithm>
#include <optional>

#include "query-api/access/forwarded.h"
#include "schema/hex.h"

namespace keymeter::query_api {

namespace {

/// The values of all headers of that name as one list; nothing when there is none.
std::optional<std::string> JoinedHeader(const Request& request, std::string_view name) {
  std::optional<std::string> joined;
  for (const Header& header : request.headers)
    if (EqualsIgnoringCase(header.name, name)) joined = joined ? *joined + "," + header.value : header.value;
  return joined;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::Parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    auto network = IpNetwork::Parse(text);
    if (!network) return Fail(network.error().In("--trusted-proxy"));
    proxies.networks_.push_back(*network);
  }
  return proxies;
}

bool TrustedProxies::Trusts(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const IpNetwork& network) { return network.Contains(address); });
}

std::string TrustedProxies::Nearest(const IpAddress& peer, const std::vector<std::string>& hops) const {
  IpAddress nearest = peer;
  for (auto hop = hops.rbegin(); hop != hops.rend() && Trusts(nearest); ++hop) {
    const auto address = IpAddress::ParseWithPort(*hop);
    if (!address) break;  // "unknown" or a pseudonym: the proxy's address is all that is known
    nearest = *address;
  }
  return nearest.ToString();
}

Result<std::string> TrustedProxies::ClientOf(const Request& request) const {
  const auto peer = IpAddress::Parse(request.peer);
  if (!peer) return request.peer;
  if (!Trusts(*peer)) return peer->ToString();
  const auto list = JoinedHeader(request, "X-Forwarded-For");
  const auto forwarded = JoinedHeader(request, "Forwarded");
  if (!forwarded) return list ? Nearest(*peer, ForwardedForHops(*list)) : peer->ToString();
  ASSIGN_OR_RETURN(const auto hops, ForwardedHops(*forwarded));
  std::string client = Nearest(*peer, hops);
  if (list && Nearest(*peer, ForwardedForHops(*list)) != client)
    return Fail(ErrorCode::kInvalid,
                "X-Forwarded-For and Forwarded name different clients: have the proxy remove the one that it "
                "does not set");
  return client;
}

const char* ForwardingHeaderOf(const Request& request) {
  for (const char* name : {"X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-IP", "Via"})
    if (request.FindHeader(name) != nullptr) return name;
  return nullptr;
}

std::string ClientKeyOf(const std::string& address) {
  const auto parsed = IpAddress::Parse(address);
  if (!parsed || parsed->IsV4()) return address;
  return ToHex({reinterpret_cast<const char*>(parsed->bytes().data()), 8});
}

}  // namespace keymeter::query_api
