#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query-api/access/access.h"
#include "query-api/access/access_log.h"
#include "query-api/probe_routes.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// What the API is to do. Threads: plain value.
///
/// Has no defaults for what the command line says: those stand in processor/config/api_settings.h, and
/// processor/program/api_options.h passes them on. So whoever makes one names every such value.
struct ApiOptions {
  std::string db_path;  ///< may not exist yet: responses are 503 until it does
  /// As ListenAddress takes them; port 0: any free port. None: only probes.
  std::vector<std::string> listen;
  std::string tls_cert{};       ///< PEM, with its chain; of the tls:// addresses among `listen`
  std::string tls_key{};        ///< PEM
  std::string probe_listen;     ///< one address, without TLS
  int connections;              ///< of the API, open at once
  int queries = 8;              ///< run at once; further ones wait up to 5 s
  int connections_per_address;  ///< to the API; 0: no limit. Loopback, unix sockets and trusted proxies have
                                ///< none in any case
  AccessOptions access{};       ///< which requests are answered
  AccessLogMode access_log;
  int max_websockets;              ///< open at once
  std::size_t answer_cache_bytes;  ///< memory for cached responses; 0: no cache
  std::string spool_dir{};         ///< of the files of exports; empty: see SpoolDirectory
};

/// The query API and its probes: HTTP listeners over one SQLite file, which they only read.
///
/// Not for writing: the processor owns the file.
/// Threads: Start and destruction on one thread; the functions of `probes` are called from others. Lifetime:
/// borrows the clock, and what the functions of `probes` use. The destructor closes all connections. Bounds:
/// see ApiOptions.
class ApiServer {
 public:
  /// Errors name the flag and the remedy: an address that is malformed, in use, or reachable by other
  /// machines without credentials or allow_open.
  static Result<std::unique_ptr<ApiServer>> Start(const ApiOptions& options, const Clock& clock,
                                                  Probes probes = {});
  ~ApiServer();

  /// "127.0.0.1:8787", with the port that was chosen, of each listener of the API.
  [[nodiscard]] std::vector<std::string> api_addresses() const;
  /// The first of them; "" without any.
  [[nodiscard]] std::string api_address() const;
  [[nodiscard]] std::string probe_address() const;
  /// Reads certificate and key again, for connections that come from now on. An error changes nothing.
  /// Threads: any.
  [[nodiscard]] Status ReloadCertificates();
  /// All paths of the API and of the probes.
  [[nodiscard]] const std::vector<Route>& api_routes() const;
  [[nodiscard]] const std::vector<Route>& probe_routes() const;

 private:
  struct Parts;
  explicit ApiServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace keymeter::query_api
