/// What a request costs between the listener and its handler: the table, the gate, the parameters.

#include <string>

#include <benchmark/benchmark.h>

#include "query-api/http/router.h"

namespace keymeter::query_api {

namespace {

Result<Response> SayNothing(const Call& /*call*/) {
  return Response();
}

/// As many routes as the API has, of its shapes.
Router BenchRouter() {
  std::vector<Route> routes;
  for (const std::string_view path :
       {"/openapi.json", "/api/health", "/api/apikeys", "/api/apikeys/{id}", "/api/apikeys/{id}/usage",
        "/api/accounts", "/api/accounts/usage-stats", "/api/accounts/{id}", "/api/accounts/{id}/cost",
        "/api/accounts/{id}/usage", "/api/accounts/{id}/usage-stats", "/api/groups",
        "/api/groups/{id}/members", "/api/export/report", "/api/stats/top", "/api/stats/heatmap",
        "/api/realtime/system-metrics", "/api/stats/series"})
    routes.push_back({"GET", path, {"start_ms", "end_ms", "slot_sec", "keyId", "model"}, SayNothing});
  return Router(std::move(routes),
                [](const Request& /*request*/) -> tl::expected<Caller, Response> { return Caller(); });
}

void RouteRequest(benchmark::State& state, const std::string& path, const std::string& query) {
  const Router router = BenchRouter();
  const Request request{"GET", path, query, {{"Host", "127.0.0.1"}}};
  if (router.Answer(request).status == 500) return state.SkipWithError("no answer");
  for (auto _ : state) benchmark::DoNotOptimize(router.Answer(request));
}
BENCHMARK_CAPTURE(RouteRequest, first_route, "/openapi.json", "");
BENCHMARK_CAPTURE(RouteRequest, id_in_path, "/api/accounts/5e812359-e969-4a6d/usage-stats", "");
BENCHMARK_CAPTURE(RouteRequest, last_route_with_parameters, "/api/stats/series",
                  "start_ms=1795000000000&end_ms=1795178000000&slot_sec=300&model=claude%2Dsonnet");
BENCHMARK_CAPTURE(RouteRequest, no_such_path, "/api/nothing", "");
BENCHMARK_CAPTURE(RouteRequest, unknown_parameter, "/api/groups", "frobnicate=1");

}  // namespace

}  // namespace keymeter::query_api
