#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query-api/probe_routes.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter::query_api {

struct ApiOptions {
  std::string db_path;                          ///< may not exist yet: answers are 503 until it does
  std::string listen = "127.0.0.1:8787";        ///< HOST:PORT; port 0: any free one; empty: probes only
  std::string probe_listen = "127.0.0.1:8788";  ///< likewise
  bool allow_open = false;                      ///< --no-auth: everybody who reaches it may read everything
  std::vector<std::string> allowed_hosts{};     ///< further names that `Host` may have
  int threads = 8;                              ///< of the API; the probes have two of their own
  std::size_t answer_cache_bytes = std::size_t{32} << 20;  ///< for answers that are kept; 0: none is
};

/// The query API and its probes: two listeners over one SQLite file, read-only.
///
/// Threads: Start and destruction on one thread; the probes' functions are called from others. Lifetime:
/// borrows the clock, and what the probes' functions touch, until destroyed. The destructor returns within
/// about 2 s.
class ApiServer {
 public:
  /// Errors name the flag and the remedy: an address that is none, is taken, or is open to others without
  /// allow_open.
  static Result<std::unique_ptr<ApiServer>> Start(const ApiOptions& options, const Clock& clock,
                                                  Probes probes = {});
  ~ApiServer();

  [[nodiscard]] std::string api_address()
      const;  ///< "127.0.0.1:8787", with the port that was chosen; "": none
  [[nodiscard]] std::string probe_address() const;

 private:
  struct Parts;
  explicit ApiServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace keymeter::query_api
