#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "query-api/api_server.h"

namespace keymeter::query_api {

/// A small server for tests, on free ports of loopback: without an access log and limits of addresses.
[[nodiscard]] inline ApiOptions SmallServer(const std::string& db_path,
                                            const std::string& listen = "127.0.0.1:0",
                                            const std::string& probe_listen = "127.0.0.1:0") {
  return {.db_path = db_path,
          .listen = listen.empty() ? std::vector<std::string>() : std::vector<std::string>{listen},
          .probe_listen = probe_listen,
          .connections = 64,
          .connections_per_address = 0,
          .access_log = AccessLogMode::kOff,
          .max_websockets = 64,
          .answer_cache_bytes = std::size_t{32} << 20};
}

}  // namespace keymeter::query_api
