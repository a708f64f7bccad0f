#include "query-api/api_server.h"

#include <algorithm>
#include <future>
#include <optional>

#include "query-api/access.h"
#include "query-api/answer_cache.h"
#include "query-api/api_routes.h"
#include "query-api/connection_pool.h"
#include "query-api/content_coding.h"
#include "query-api/export_desk.h"
#include "query-api/http_server.h"
#include "query-api/request_metrics.h"

namespace keymeter::query_api {

namespace {

constexpr int kProbeThreads = 2;
constexpr int kMostOpenExports = 4;  ///< and never more than half of the workers

}  // namespace

struct ApiServer::Parts {
  Parts(const ApiOptions& options, const Clock& api_clock, Probes given_probes)
      : clock(api_clock),
        pool(options.db_path, static_cast<std::size_t>(options.threads)),
        probe_pool(options.db_path, kProbeThreads),
        answers({.max_bytes = options.answer_cache_bytes}),
        exports({.most_open = std::clamp(options.threads / 2, 1, kMostOpenExports)}),
        router(ApiRoutes(context), [this](const Request& request) { return access->Check(request); }),
        probe_context{{probe_pool, clock}, pool, metrics, std::move(given_probes), &answers, &exports},
        probe_router(ProbeRoutes(probe_context), {}) {}

  Status StartApi(const ApiOptions& options) {
    const auto listen = ListenAddress::Parse(options.listen, "--listen");
    if (!listen) return Fail(listen.error());
    auto checked = Access::Make(*listen, options.allow_open, options.allowed_hosts);
    if (!checked) return Fail(checked.error());
    access = std::move(*checked);
    HttpServerOptions api_options{*listen};
    api_options.threads = options.threads;
    auto server = HttpServer::Start(api_options, [this](const Request& request) { return Answer(request); });
    if (!server) return Fail(server.error());
    api = std::move(*server);
    return {};
  }

  Response Answer(const Request& request) {
    const std::int64_t begin_ms = clock.MonotonicMs();
    Response response = Encoded(request, router.Answer(request));
    metrics.Observe(response.route, response.status,
                    static_cast<double>(clock.MonotonicMs() - begin_ms) / 1000);
    return response;
  }

  const Clock& clock;
  std::optional<Access> access;  ///< set before the first request can come
  RequestMetrics metrics;
  ConnectionPool pool;
  ConnectionPool probe_pool;
  AnswerCache answers;
  ExportDesk exports;
  ApiContext context{pool, clock, &answers, &exports};
  const Router router;
  ProbeContext probe_context;
  const Router probe_router;
  std::unique_ptr<HttpServer> api;  ///< last: stopped before anything that its threads use
  std::unique_ptr<HttpServer> probes;
};

Result<std::unique_ptr<ApiServer>> ApiServer::Start(const ApiOptions& options, const Clock& clock,
                                                    Probes probes) {
  const auto probe_listen = ListenAddress::Parse(options.probe_listen, "--probe-listen");
  if (!probe_listen) return Fail(probe_listen.error());
  auto parts = std::make_unique<Parts>(options, clock, std::move(probes));
  if (!options.listen.empty())
    if (auto started = parts->StartApi(options); !started) return Fail(started.error());
  HttpServerOptions probe_options{*probe_listen, "--probe-listen", kProbeThreads};
  auto probe = HttpServer::Start(
      probe_options, [p = parts.get()](const Request& r) { return Encoded(r, p->probe_router.Answer(r)); });
  if (!probe) return Fail(probe.error());
  parts->probes = std::move(*probe);
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(parts)));
}

ApiServer::ApiServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ApiServer::~ApiServer() {
  parts_->exports.Stop();
  // Side by side: each may have to wait for a silent client.
  const auto stopped = std::async(std::launch::async, [this] { parts_->probes.reset(); });
  parts_->api.reset();
  stopped.wait();
}

std::string ApiServer::api_address() const {
  return parts_->api ? parts_->api->address().ToString() : "";
}

std::string ApiServer::probe_address() const {
  return parts_->probes->address().ToString();
}

}  // namespace keymeter::query_api
