#pragma once

#include <functional>
#include <string>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/request_metrics.h"
#include "query-api/http/router.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// What the process around the API tells about itself. The functions may be empty, are called from any
/// thread, must return at once, and must not reveal ids. Threads: plain value.
struct Probes {
  std::function<bool()> alive{};                        ///< the event loop runs; empty: yes
  std::function<std::vector<std::string>()> not_ready;  ///< reasons why it cannot work; empty: it can
  std::function<void(PrometheusText&)> add_metrics;
};

/// What the probes read. Threads: plain value. Lifetime: everything that it borrows outlives the routes.
struct ProbeContext {
  ApiContext file;  ///< with its own pool: slow API clients must not delay a probe
  const ConnectionPool& api_pool;
  const RequestMetrics& requests;
  Probes probes;
  const ResponseCache* answers = nullptr;  ///< null: without its metrics
  const ExportLimiter* exports = nullptr;
};

/// /livez, /readyz, /healthz and /metrics. Lifetime: borrows the context.
/// Tested by tests/query-api/api_server_test.cc.
[[nodiscard]] std::vector<Route> ProbeRoutes(ProbeContext& context);

}  // namespace keymeter::query_api
