#pragma once

#include <functional>
#include <string>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/request_metrics.h"
#include "query-api/http/router.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// What the process around the API knows about itself. Functions may be empty, must be callable from any
/// thread, must return at once, and name no ids.
struct Probes {
  std::function<bool()> alive{};                        ///< the loop turns; empty: yes
  std::function<std::vector<std::string>()> not_ready;  ///< why it cannot do its role; empty: it can
  std::function<void(PrometheusText&)> add_metrics;
};

/// What the probes look at. Lifetime: everything borrowed outlives the router.
struct ProbeContext {
  ApiContext file;  ///< with a pool of its own: stuck API clients must not starve a probe
  const ConnectionPool& api_pool;
  const RequestMetrics& requests;
  Probes probes;
  const ResponseCache* answers = nullptr;  ///< null: without their metrics
  const ExportLimiter* exports = nullptr;
};

/// /livez /readyz /healthz /metrics. Lifetime: borrows the context.
[[nodiscard]] std::vector<Route> ProbeRoutes(ProbeContext& context);

}  // namespace keymeter::query_api
