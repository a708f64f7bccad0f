#pragma once

#include <optional>
#include <string>
#include <vector>

#include "query-api/access/ip_network.h"
#include "query-api/http/http_types.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// Finds the address of the client behind our own proxies (`--trusted-proxy`).
///
/// The connection's other end is the client, unless it is a trusted proxy: its address is in one of the
/// networks, or it came over a unix socket of ours and `unix:` is trusted. Then the forwarding header is read
/// from the right (the nearest hop) up to the first address that is not a trusted proxy: that is the client.
/// Entries further left were written by the client, who may write anything.
/// Threads: const, any. Bounds: linear in networks and hops.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Networks as CIDR, or "unix:". Errors name the flag and what it takes.
  static Result<TrustedProxies> Parse(const std::vector<std::string>& networks);

  /// The client's address in its usual form; kUnixPeer when it came over a unix socket and no proxy names it.
  /// Errors (kInvalid): `Forwarded` is malformed, or a trusted proxy sends `X-Forwarded-For` and `Forwarded`
  /// and they differ. A proxy sets one of them and may pass on what the client wrote into the other.
  [[nodiscard]] Result<std::string> ClientOf(const Request& request) const;
  [[nodiscard]] bool Trusts(const IpAddress& address) const;

 private:
  /// `peer` is nothing for a unix socket.
  [[nodiscard]] bool TrustsPeer(const std::optional<IpAddress>& peer) const;
  [[nodiscard]] std::string Nearest(std::optional<IpAddress> peer,
                                    const std::vector<std::string>& hops) const;

  std::vector<IpNetwork> networks_;
  bool trusts_unix_ = false;
};

/// The name of a header that proxies add to requests (see IsForwardingHeader); null when the request has
/// none.
[[nodiscard]] const std::string* ForwardingHeaderOf(const Request& request);

/// Identifies a client by its address. For IPv6 that is the /64 network, since a client may use any address
/// inside its own.
[[nodiscard]] std::string ClientKeyOf(const std::string& address);

}  // namespace keymeter::query_api
