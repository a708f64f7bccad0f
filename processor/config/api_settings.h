#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// What the settings say about the query API, as plain values: config does not know the query API, and
/// processor/program/api_options.h translates.
///
/// Tested by tests/processor/config/options_test.cc.
namespace keymeter::processor {

/// How many requests a client may make.
struct RequestRate {
  double per_second = 0;  ///< 0: no limit
  double burst = 0;       ///< requests at once
};

/// Who may use the API. The query API parses networks and origins; here they are only texts.
struct AccessSettings {
  bool is_open = false;  ///< --no-auth: no credentials, also on an address that is not loopback
  std::vector<std::string> allowed_hosts;    ///< further names under which the API may be called
  std::string token_file;                    ///< empty: no tokens
  std::string jwt_secret_file;               ///< empty: no JWTs
  std::vector<std::string> trusted_proxies;  ///< CIDR
  std::vector<std::string> cors_origins;
  RequestRate rate_limit{.per_second = 100, .burst = 200};  ///< of each client

  [[nodiscard]] bool HasCredentials() const { return !token_file.empty() || !jwt_secret_file.empty(); }
};

/// Which requests the access log shows.
enum class AccessLogging : std::uint8_t { kAll, kErrors, kNone };

/// Where the API and the probes listen, and their limits.
struct ApiSettings {
  std::vector<std::string> listen{"127.0.0.1:8787"};  ///< HOST:PORT, tls://HOST:PORT, unix:/PATH
  std::string tls_cert;                               ///< PEM, of the tls:// addresses
  std::string tls_key;                                ///< PEM
  std::string probe_listen = "127.0.0.1:8788";
  AccessSettings access;
  AccessLogging access_log = AccessLogging::kAll;
  int max_connections = 4096;                                ///< open at once
  int connections_per_address = 64;                          ///< 0: no limit
  int max_websockets = 64;                                   ///< open at once
  std::int64_t answer_cache_bytes = std::int64_t{32} << 20;  ///< 0: no cache
  std::string spool_dir;                                     ///< of files of exports; empty: the usual one
};

}  // namespace keymeter::processor
