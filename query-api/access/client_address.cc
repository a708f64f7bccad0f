#include "query-api/access/client_address.h"

#include <algorithm>

#include "query-api/access/forwarded.h"
#include "query-api/http/forwarding_headers.h"
#include "schema/hex.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kUnixSockets = "unix:";

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
    if (text == kUnixSockets) {
      proxies.trusts_unix_ = true;
      continue;
    }
    auto network = IpNetwork::Parse(text);
    if (!network)
      return Fail(
          network.error().In("--trusted-proxy").Remedy("unix: trusts who connects to our unix sockets"));
    proxies.networks_.push_back(*network);
  }
  return proxies;
}

bool TrustedProxies::Trusts(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const IpNetwork& network) { return network.Contains(address); });
}

bool TrustedProxies::TrustsPeer(const std::optional<IpAddress>& peer) const {
  return peer ? Trusts(*peer) : trusts_unix_;
}

std::string TrustedProxies::Nearest(std::optional<IpAddress> peer,
                                    const std::vector<std::string>& hops) const {
  for (auto hop = hops.rbegin(); hop != hops.rend() && TrustsPeer(peer); ++hop) {
    const auto address = IpAddress::ParseWithPort(*hop);
    if (!address) break;  // "unknown" or a pseudonym: the proxy's address is all that is known
    peer = address;
  }
  return peer ? peer->ToString() : std::string(kUnixPeer);
}

Result<std::string> TrustedProxies::ClientOf(const Request& request) const {
  const auto peer = IpAddress::Parse(request.peer);
  if (!peer && request.peer != kUnixPeer) return request.peer;
  if (!TrustsPeer(peer)) return Nearest(peer, {});
  const auto list = JoinedHeader(request, "X-Forwarded-For");
  const auto forwarded = JoinedHeader(request, "Forwarded");
  if (!forwarded) return Nearest(peer, list ? ForwardedForHops(*list) : std::vector<std::string>());
  ASSIGN_OR_RETURN(const auto hops, ForwardedHops(*forwarded));
  std::string client = Nearest(peer, hops);
  if (list && Nearest(peer, ForwardedForHops(*list)) != client)
    return Fail(ErrorCode::kInvalid,
                "X-Forwarded-For and Forwarded name different clients: have the proxy remove the one that it "
                "does not set");
  return client;
}

const std::string* ForwardingHeaderOf(const Request& request) {
  for (const Header& header : request.headers)
    if (IsForwardingHeader(header.name)) return &header.name;
  return nullptr;
}

std::string ClientKeyOf(const std::string& address) {
  const auto parsed = IpAddress::Parse(address);
  if (!parsed || parsed->IsV4()) return address;
  return ToHex({reinterpret_cast<const char*>(parsed->bytes().data()), 8});
}

}  // namespace keymeter::query_api
