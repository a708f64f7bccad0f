#pragma once

#include <string>
#include <vector>

#include "query-api/access/ip_network.h"
#include "query-api/http/http_types.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// Whose word about the client counts: proxies of ours, by `--trusted-proxy`.
///
/// A connection's other end is the client, unless it is such a proxy: then the header that it adds to says
/// who is, read from the right (the nearest hop) to the first that is no proxy of ours. What stands further
/// left was written by the client, who may write anything. Threads: const, any.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Errors name the flag and what it takes.
  static Result<TrustedProxies> Parse(const std::vector<std::string>& networks);

  /// The client's address, in its usual form. An error (kInvalid) when a trusted proxy sends both
  /// `X-Forwarded-For` and `Forwarded` and they differ: it adds to one of them, and passes on what a client
  /// wrote into the other; or when `Forwarded` cannot be read.
  [[nodiscard]] Result<std::string> ClientOf(const Request& request) const;
  [[nodiscard]] bool Trusts(const IpAddress& address) const;

 private:
  [[nodiscard]] std::string Nearest(const IpAddress& peer, const std::vector<std::string>& hops) const;

  std::vector<IpNetwork> networks_;
};

/// Whether a proxy says so, of any kind: it has a header that proxies add.
[[nodiscard]] const char* ForwardingHeaderOf(const Request& request);

/// What clients are told apart by where only their address is known: IPv6 ones have at least a /64 each, and
/// change inside it as they like.
[[nodiscard]] std::string ClientKeyOf(const std::string& address);

}  // namespace keymeter::query_api
