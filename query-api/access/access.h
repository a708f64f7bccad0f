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
#include "query-api/access/rate_limiter.h"
#include "query-api/http/caller.h"
#include "query-api/http/http_types.h"
#include "query-api/http/listen_address.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

struct AccessOptions {
  bool allow_open = false;                     ///< --no-auth: everybody who reaches it may read everything
  std::vector<std::string> allowed_hosts{};    ///< further names that `Host` may have
  std::string token_file{};                    ///< see token_file.h; "": none
  std::string jwt_secret_file{};               ///< "": none
  std::vector<std::string> trusted_proxies{};  ///< CIDR
  std::vector<std::string> cors_origins{};
  RateLimit rate_limit{};  ///< of each client
};

/// Somebody who may open a WebSocket.
struct WebSocketCaller {
  Caller caller;
  std::string protocol;  ///< for `Sec-WebSocket-Protocol` of the answer; "": leave that header out
};

/// Who gets in.
///
/// Without credentials: whoever talks to us directly on this machine, as admin. A request that a proxy
/// forwarded is refused, so that a proxy in front cannot publish an open API by accident; `allow_open` is the
/// operator's word that everybody may read. With credentials: who shows a token, with its role. `Host` must
/// be ours, so that a web page cannot reach us by DNS rebinding; on 0.0.0.0 our names are not known, so that
/// any will do unless some are listed.
///
/// Failures are answered with 401, and with 429 when one client has too many of them; who shows a token that
/// holds is let in all the same, for he cannot help whom he shares an address with. Programs on this machine
/// without credentials share one address and are not limited.
/// Threads: const, any. Lifetime: borrows the clock.
class Access {
 public:
  /// Refuses an address that others can reach, unless there are credentials or `allow_open`; and what
  /// contradicts itself. Errors name the flag and the remedy.
  static Result<std::unique_ptr<Access>> Make(const ListenAddress& listen, const AccessOptions& options,
                                              const Clock& clock);

  /// Who it is, or the refusal (400, 401, 403, 429).
  [[nodiscard]] tl::expected<Caller, Response> Check(const Request& request) const;

  /// Likewise for a WebSocket's handshake: its token may stand in `Sec-WebSocket-Protocol: keymeter,
  /// bearer.TOKEN`, and its `Origin`, if it has one, must be one of our hosts or on the list for CORS.
  [[nodiscard]] tl::expected<WebSocketCaller, Response> CheckWebSocket(const Request& request) const;

  /// The client's address, as far as it can be told.
  [[nodiscard]] std::string ClientOf(const Request& request) const;

  /// Many clients come from there: a proxy of ours, or this machine, where one may be.
  [[nodiscard]] bool IsSharedAddress(const std::string& address) const;

  [[nodiscard]] const Cors& cors() const { return cors_; }
  /// True: credentials are set up, but there is no token yet.
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
  /// Whence it comes, and under which name: the client's address.
  [[nodiscard]] tl::expected<std::string, Response> CheckWay(const Request& request) const;
  /// Who it is by his token, and whether he may once more.
  [[nodiscard]] tl::expected<Caller, Response> Admit(const Request& request, const std::string& address,
                                                     const Result<std::optional<std::string>>& token) const;
  [[nodiscard]] tl::unexpected<Response> RefuseToken(const std::string& address, Reason reason,
                                                     const std::string& detail) const;
  [[nodiscard]] bool IsOurHost(std::string_view authority) const;
  [[nodiscard]] bool IsOurOrigin(const Request& request, std::string_view origin) const;

  const bool allow_open_;
  bool any_host_ = false;
  std::vector<std::string> hosts_;
  TrustedProxies proxies_;
  Cors cors_;
  const Credentials credentials_;
  mutable RateLimiter failures_;  ///< by address
  mutable RateLimiter limiter_;   ///< by token, else by address
  mutable std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Reason::kCount)> refused_{};
};

}  // namespace keymeter::query_api
