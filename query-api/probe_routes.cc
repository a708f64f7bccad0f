#include "query-api/probe_routes.h"

#include "query-api/endpoints/health.h"
#include "query-api/endpoints/response_cache.h"
#include "query-api/exports/export_limiter.h"

namespace keymeter::query_api {

namespace {

std::vector<std::string> NotReadyReasons(const ProbeContext& context) {
  return context.probes.not_ready ? context.probes.not_ready() : std::vector<std::string>();
}

bool IsAlive(const ProbeContext& context) {
  return !context.probes.alive || context.probes.alive();
}

Response Live(ProbeContext& context) {
  return IsAlive(context) ? HealthResponse({}) : HealthResponse({"the loop does not turn"});
}

Response Ready(ProbeContext& context) {
  std::vector<std::string> reasons = NotReadyReasons(context);
  if (const auto snapshot = context.file.TakeSnapshot(); !snapshot)
    reasons.push_back(snapshot.error().Text());
  return HealthResponse(reasons);
}

Response Healthy(ProbeContext& context) {
  std::vector<std::string> reasons = NotReadyReasons(context);
  if (!IsAlive(context)) reasons.emplace_back("the loop does not turn");
  if (const auto snapshot = context.file.TakeSnapshot()) {
    for (const HealthReason& reason : UnhealthyReasons(snapshot->state, snapshot->now_ms))
      reasons.push_back(HealthReasonText(reason));
  } else {
    reasons.push_back(snapshot.error().Text());
  }
  return HealthResponse(reasons);
}

Response Metrics(ProbeContext& context) {
  PrometheusText writer;
  context.requests.Write(writer);
  writer.Gauge("keymeter_api_connections_open", "SQLite connections that the API holds open.",
               static_cast<double>(context.api_pool.open_connections()));
  if (context.answers != nullptr) context.answers->Write(writer);
  if (context.exports != nullptr) context.exports->Write(writer);
  if (context.probes.add_metrics) context.probes.add_metrics(writer);
  return TextResponse(writer.Text(), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

std::vector<Route> ProbeRoutes(ProbeContext& context) {
  using ProbeHandler = Response (*)(ProbeContext&);
  const auto with = [&context](ProbeHandler handler) -> Handler {
    return [&context, handler](const Call& /*call*/) -> Result<Response> { return handler(context); };
  };
  return {
      {"GET", "/livez", {}, with(Live)},
      {"GET", "/readyz", {}, with(Ready)},
      {"GET", "/healthz", {}, with(Healthy)},
      {"GET", "/metrics", {}, with(Metrics)},
  };
}

}  // namespace keymeter::query_api
