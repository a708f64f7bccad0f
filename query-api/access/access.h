#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "query-api/access/client_address.h"
#include "query-api/access/cors.h"
#include "query-api/access/credentials.h"
#include "query-api/access/host_names.h"
#include "query-api/access/rate_limiter.h"
#include "query-api/http/caller.h"
#include "query-api/http/http_types.h"
#include "query-api/http/listen_address.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// Which requests are answered: who may ask, from where, and how often.
struct AccessOptions {
  bool allow_open = false;                     ///< --no-auth: every client that reaches us reads everything
  std::vector<std::string> allowed_hosts{};    ///< further values that the Host header may have
  std::string token_file{};                    ///< see token_file.h; "": none
  std::string jwt_secret_file{};               ///< "": none
  std::vector<std::string> trusted_proxies{};  ///< networks, as CIDR; "unix:": our unix sockets
  std::vector<std::string> cors_origins{};     ///< see Cors
  RateLimit rate_limit{};                      ///< of each client
};

/// A client that may open a WebSocket. Threads: plain value.
struct WebSocketCaller {
  Caller caller;
  std::string protocol;  ///< for `Sec-WebSocket-Protocol` of the response; "": without that header
};

/// Decides which requests are answered, and with which role.
///
/// Without credentials: programs on this machine that connect directly, as admin. Requests that a proxy
/// forwarded are refused, so that nobody publishes an open API by accident; `allow_open` allows them. With
/// credentials: requests with a valid token, with the token's role. The Host header must name us, so that a
/// web page cannot reach us by DNS rebinding. On 0.0.0.0 or [::] we do not know our names, so any Host is
/// accepted unless some are listed.
///
/// Requests without a valid token are answered with 401, and with 429 when one client sends too many. A valid
/// token is accepted even then, since its holder may share an address with the others. Programs on this
/// machine share one address; without credentials they have no limit.
/// Threads: const, any. Lifetime: borrows the clock. Bounds: RateLimiter::kMaxClients clients remembered.
class Access {
 public:
  /// An error for options that contradict each other, and for an address that other machines can reach when
  /// there are neither credentials nor `allow_open`. Errors name the flag and the remedy.
  static Result<std::unique_ptr<Access>> Make(const std::vector<ListenAddress>& listen,
                                              const AccessOptions& options, const Clock& clock);

  /// The caller, or the refusal (400, 401, 403, 429).
  [[nodiscard]] tl::expected<Caller, Response> Check(const Request& request) const;

  /// The same for the handshake of a WebSocket. The token may stand in `Sec-WebSocket-Protocol: keymeter,
  /// bearer.TOKEN`. An Origin header must name one of our hosts or an origin of the CORS list.
  [[nodiscard]] tl::expected<WebSocketCaller, Response> CheckWebSocket(const Request& request) const;

  /// The client's address; the connection's other end (kUnixPeer: of a unix socket) when it cannot be found
  /// out.
  [[nodiscard]] std::string ClientOf(const Request& request) const;

  /// Whether many clients may share the address: a trusted proxy, or this machine.
  [[nodiscard]] bool IsSharedAddress(const std::string& address) const;

  [[nodiscard]] const Cors& cors() const { return cors_; }
  /// Credentials are set up, but there is no token yet.
  [[nodiscard]] bool RefusesEverybody() const { return credentials_.AreEmpty(); }
  void WriteMetrics(PrometheusText& writer) const;

 private:
  enum class Reason : std::uint8_t {
    kMalformed,
    kForwarded,
    kHost,
    kOrigin,
    kMissing,
    kInvalid,
    kTooManyFailures,
    kRateLimit,
    kCount
  };

  Access(const AccessOptions& options, Credentials credentials, const Clock& clock);

  [[nodiscard]] tl::unexpected<Response> Refuse(Reason reason, Response response) const;
  /// The client's address, if the proxies it came through and its Host header are acceptable.
  [[nodiscard]] tl::expected<std::string, Response> CheckSource(const Request& request) const;
  /// The caller that the token stands for, if its rate limit allows another request.
  [[nodiscard]] tl::expected<Caller, Response> Admit(const Request& request, const std::string& address,
                                                     const Result<std::optional<std::string>>& token) const;
  [[nodiscard]] tl::unexpected<Response> RefuseToken(const std::string& address, Reason reason,
                                                     const std::string& detail) const;
  [[nodiscard]] bool IsOurOrigin(const Request& request, std::string_view origin) const;

  const bool allow_open_;
  bool any_host_ = false;
  HostNames hosts_;
  TrustedProxies proxies_;
  Cors cors_;
  const Credentials credentials_;
  mutable RateLimiter failures_;  ///< requests without a valid token, by address
  mutable RateLimiter limiter_;   ///< requests by token, else by address
  mutable std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Reason::kCount)> refused_{};
};

}  // namespace keymeter::query_api
