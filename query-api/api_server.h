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

struct ApiOptions {
  std::string db_path;                          ///< may not exist yet: answers are 503 until it does
  std::string listen = "127.0.0.1:8787";        ///< HOST:PORT; port 0: any free one; empty: probes only
  std::string probe_listen = "127.0.0.1:8788";  ///< likewise
  int threads = 8;                              ///< of the API: one for each open connection
  int queries = 8;                              ///< of the API at once; further ones wait up to 5 s
  int connections_per_address = 0;              ///< of the API; 0: no cap. Loopback has none in any case
  AccessOptions access{};                       ///< who gets in
  AccessLogMode access_log = AccessLogMode::kOff;
  int max_websockets = 64;                                 ///< open at once
  std::size_t answer_cache_bytes = std::size_t{32} << 20;  ///< for answers that are kept; 0: none is
};

/// The query API and its probes: two listeners over one SQLite file, read-only.
///
/// Threads: Start and destruction on one thread; the probes' functions are called from others. Lifetime:
/// borrows the clock, and what the probes' functions touch, until destroyed. The destructor ends all
/// connections.
class ApiServer {
 public:
  /// Errors name the flag and the remedy: an address that is none, is taken, or is open to others without
  /// credentials or allow_open.
  static Result<std::unique_ptr<ApiServer>> Start(const ApiOptions& options, const Clock& clock,
                                                  Probes probes = {});
  ~ApiServer();

  [[nodiscard]] std::string api_address()
      const;  ///< "127.0.0.1:8787", with the port that was chosen; "": none
  [[nodiscard]] std::string probe_address() const;
  /// The tables of both: what there is to ask for.
  [[nodiscard]] const std::vector<Route>& api_routes() const;
  [[nodiscard]] const std::vector<Route>& probe_routes() const;

 private:
  struct Parts;
  explicit ApiServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace keymeter::query_api
