#include "query-api/api_server.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>

#include <netinet/in.h>
#include <sys/resource.h>

#include "query-api/access.h"
#include "query-api/api_routes.h"
#include "query-api/connection_pool.h"
#include "query-api/http_server.h"
#include "query-api/request_metrics.h"
#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr std::size_t kProbeQueries = 2;
constexpr std::chrono::milliseconds kQueryWait(5000);
constexpr std::chrono::milliseconds kProbeQueryWait(1000);

constexpr rlim_t kOtherOpenFiles = 256;

/// Probes come from few and near: who needs a second for his header is none.
constexpr ConnectionLimits kProbeLimits{.workers = 16,
                                        .header_ms = 1000,
                                        .idle_ms = 1000,
                                        .piece_ms = 2000,
                                        .answer_ms = 10'000,
                                        .pressed_ms = 50,
                                        .pressed_piece_ms = 500};

/// Each connection is an open file, and civetweb spins when it can have none.
void AllowOpenFiles(rlim_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count) return;
  limit.rlim_cur = std::min(limit.rlim_max, count);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < count)
    log::Warn("few open files",
              {{"wanted", fmt::format("{}", count)}, {"allowed", fmt::format("{}", limit.rlim_cur)}});
}

HttpServerOptions ApiListener(const ListenAddress& listen, const ApiOptions& options) {
  HttpServerOptions api{.address = listen, .limits = {}};
  api.limits.workers = static_cast<std::size_t>(options.threads);
  api.limits.per_address = static_cast<std::size_t>(options.connections_per_address);
  // A proxy in front of us is one address for all of its clients.
  api.is_exempt = [](const Peer& peer) { return (ntohl(peer.address) >> 24U) == IN_LOOPBACKNET; };
  return api;
}

}  // namespace

struct ApiServer::Parts {
  Parts(const ApiOptions& options, const Clock& api_clock, Probes given_probes)
      : clock(api_clock),
        pool(options.db_path, static_cast<std::size_t>(options.queries), kQueryWait),
        probe_pool(options.db_path, kProbeQueries, kProbeQueryWait),
        router(ApiRoutes(context), [this](const Request& request) { return access->Check(request); }),
        probe_context{{probe_pool, clock}, pool, metrics, std::move(given_probes)},
        probe_router(ProbeRoutes(probe_context), {}) {}

  Status StartApi(const ApiOptions& options) {
    const auto listen = ListenAddress::Parse(options.listen, "--listen");
    if (!listen) return Fail(listen.error());
    auto checked = Access::Make(*listen, options.allow_open, options.allowed_hosts);
    if (!checked) return Fail(checked.error());
    access = std::move(*checked);
    AllowOpenFiles(static_cast<rlim_t>(options.threads) + kOtherOpenFiles);
    HttpServerOptions listener = ApiListener(*listen, options);
    listener.on_refusal = [this](const Request& /*request*/, const Response& response) {
      metrics.Observe(response.route, response.status, 0);
    };
    auto server =
        HttpServer::Start(listener, clock, [this](const Request& request) { return Answer(request); });
    if (!server) return Fail(server.error());
    api = std::move(*server);
    return {};
  }

  Response Answer(const Request& request) {
    const std::int64_t begin_ms = clock.MonotonicMs();
    Response response = router.Answer(request);
    metrics.Observe(response.route, response.status,
                    static_cast<double>(clock.MonotonicMs() - begin_ms) / 1000);
    return response;
  }

  const Clock& clock;
  std::optional<Access> access;  ///< set before the first request can come
  RequestMetrics metrics;
  ConnectionPool pool;
  ConnectionPool probe_pool;
  ApiContext context{pool, clock};
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
  const HttpServerOptions probe_options{*probe_listen, "--probe-listen", kProbeLimits};
  auto probe = HttpServer::Start(probe_options, clock,
                                 [p = parts.get()](const Request& r) { return p->probe_router.Answer(r); });
  if (!probe) return Fail(probe.error());
  parts->probes = std::move(*probe);
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(parts)));
}

ApiServer::ApiServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ApiServer::~ApiServer() {
  // Side by side: each waits for the requests that it is answering.
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
