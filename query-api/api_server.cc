#include "query-api/api_server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <optional>

#include <arpa/inet.h>
#include <sys/resource.h>

#include "query-api/access/request_frame.h"
#include "query-api/api_routes.h"
#include "query-api/endpoints/response_cache.h"
#include "query-api/exports/export_limiter.h"
#include "query-api/http/content_coding.h"
#include "query-api/http/http_server.h"
#include "query-api/http/request_metrics.h"
#include "query-api/push/web_sockets.h"
#include "query-api/snapshot/connection_pool.h"
#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kWebSocketPath = "/api/ws";
constexpr std::size_t kProbeQueries = 2;
constexpr std::chrono::milliseconds kQueryWait(5000);
constexpr std::chrono::milliseconds kProbeQueryWait(1000);

constexpr int kMostOpenExports = 4;  ///< at most half of the workers
constexpr rlim_t kOtherOpenFiles = 256;

/// Probes come from few programs nearby, which send their request at once.
constexpr ConnectionLimits kProbeLimits{.workers = 16,
                                        .header_ms = 1000,
                                        .idle_ms = 1000,
                                        .piece_ms = 2000,
                                        .answer_ms = 10'000,
                                        .pressed_ms = 50,
                                        .pressed_piece_ms = 500};

/// Each connection is an open file, and civetweb busy-waits when it cannot open one.
void AllowOpenFiles(rlim_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count) return;
  limit.rlim_cur = std::min(limit.rlim_max, count);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < count)
    log::Warn("the limit of open files is too low",
              {{"wanted", fmt::format("{}", count)}, {"allowed", fmt::format("{}", limit.rlim_cur)}});
}

std::string TextOf(const Peer& peer) {
  std::array<char, INET_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET, &peer.address, text.data(), text.size());
}

HttpServerOptions ApiListener(const ListenAddress& listen, const ApiOptions& options) {
  HttpServerOptions api{.address = listen, .limits = {}};
  api.limits.workers = static_cast<std::size_t>(options.threads);
  api.limits.per_address = static_cast<std::size_t>(options.connections_per_address);
  return api;
}

}  // namespace

struct ApiServer::Parts {
  Parts(const ApiOptions& options, const Clock& api_clock, Probes given_probes)
      : clock(api_clock),
        pool(options.db_path, static_cast<std::size_t>(options.queries), kQueryWait),
        probe_pool(options.db_path, kProbeQueries, kProbeQueryWait),
        answers({.max_bytes = options.answer_cache_bytes}),
        exports({.most_open = std::clamp(options.threads / 2, 1, kMostOpenExports)}),
        router(Routes(), [this](const Request& request) { return Admit(request); }),
        probe_context{{probe_pool, clock},
                      pool,
                      metrics,
                      WithWebSockets(WithAccessMetrics(std::move(given_probes))),
                      &answers,
                      &exports},
        probe_router(ProbeRoutes(probe_context), {}),
        access_log(options.access_log) {}

  /// A WebSocket may carry its token in another header, and the Origin of its page is checked.
  [[nodiscard]] tl::expected<Caller, Response> Admit(const Request& request) const {
    if (request.path != kWebSocketPath) return access->Check(request);
    ASSIGN_OR_RETURN(auto who, access->CheckWebSocket(request));
    return std::move(who.caller);
  }

  std::vector<Route> Routes() {
    std::vector<Route> routes = ApiRoutes(context);
    routes.push_back(
        {"GET", kWebSocketPath, {}, [this](const Call& call) { return websockets->Answer(call); }});
    return routes;
  }

  Probes WithWebSockets(Probes given) {
    given.add_metrics = [this, add = std::move(given.add_metrics)](PrometheusText& writer) {
      if (websockets) websockets->Write(writer);
      if (add) add(writer);
    };
    return given;
  }

  Status StartApi(const ApiOptions& options) {
    ASSIGN_OR_RETURN(const auto listen, ListenAddress::Parse(options.listen, "--listen"));
    ASSIGN_OR_RETURN(auto checked, Access::Make(listen, options.access, clock));
    access = std::move(checked);
    if (access->RefusesEverybody())
      log::Warn("the token file holds no token: everybody is refused until keymeter token create makes one");
    frame.emplace(access->cors(), access_log, clock);
    AllowOpenFiles(static_cast<rlim_t>(options.threads + options.max_websockets) + kOtherOpenFiles);
    ASSIGN_OR_RETURN(
        auto pushing,
        WebSockets::Start(options.db_path, clock, static_cast<std::size_t>(options.max_websockets),
                          [this](const Request& request) { return Admit(request); }));
    websockets = std::move(pushing);
    HttpServerOptions listener = ApiListener(listen, options);
    listener.is_exempt = [this](const Peer& peer) { return access->IsSharedAddress(TextOf(peer)); };
    listener.frame_refusal = [this](const Request& request, Response refusal) {
      return Refuse(request, std::move(refusal));
    };
    auto server =
        HttpServer::Start(listener, clock, [this](const Request& request) { return Answer(request); });
    if (!server) return Fail(server.error());
    api = std::move(*server);
    return {};
  }

  Response Answer(const Request& request) {
    return frame->Answer(request,
                         [this](const Request& named, Caller& who) { return AnswerNamed(named, who); });
  }

  /// Refusals of the listener itself get a request id and a log line like other responses.
  Response Refuse(const Request& request, Response refusal) {
    return frame->Answer(request, [&](const Request& named, Caller& who) {
      who.address = access->ClientOf(named);
      NameProblem(refusal, named.id);
      metrics.Observe(refusal.route, refusal.status, 0);
      return std::move(refusal);
    });
  }

  Response AnswerNamed(const Request& request, Caller& who) {
    const std::int64_t begin_ms = clock.MonotonicMs();
    who.address = access->ClientOf(request);
    auto preflight = access->cors().AnswerPreflight(request);
    Response response = preflight ? std::move(*preflight) : router.Answer(request, &who);
    NameProblem(response, request.id);
    response = Encoded(request, std::move(response));
    metrics.Observe(response.route, response.status,
                    static_cast<double>(clock.MonotonicMs() - begin_ms) / 1000);
    return response;
  }

  Probes WithAccessMetrics(Probes given) {
    given.add_metrics = [this, add = std::move(given.add_metrics)](PrometheusText& writer) {
      if (access) access->WriteMetrics(writer);
      if (access) access_log.WriteMetrics(writer);
      if (add) add(writer);
    };
    return given;
  }

  const Clock& clock;
  std::unique_ptr<Access> access;  ///< set before the first request can come
  RequestMetrics metrics;
  ConnectionPool pool;
  ConnectionPool probe_pool;
  ResponseCache answers;
  ExportLimiter exports;
  ApiContext context{pool, clock, &answers, &exports};
  const Router router;
  ProbeContext probe_context;
  const Router probe_router;
  AccessLog access_log;
  std::optional<RequestFrame> frame;  ///< set before the first request can come
  std::unique_ptr<WebSockets> websockets;
  std::unique_ptr<HttpServer> api;  ///< last: stopped before anything that its threads use
  std::unique_ptr<HttpServer> probes;
};

Result<std::unique_ptr<ApiServer>> ApiServer::Start(const ApiOptions& options, const Clock& clock,
                                                    Probes probes) {
  ASSIGN_OR_RETURN(const auto probe_listen, ListenAddress::Parse(options.probe_listen, "--probe-listen"));
  auto parts = std::make_unique<Parts>(options, clock, std::move(probes));
  if (!options.listen.empty()) RETURN_IF_ERROR(parts->StartApi(options));
  const HttpServerOptions probe_options{probe_listen, "--probe-listen", kProbeLimits};
  ASSIGN_OR_RETURN(auto probe, HttpServer::Start(probe_options, clock, [p = parts.get()](const Request& r) {
                     return Encoded(r, p->probe_router.Answer(r));
                   }));
  parts->probes = std::move(probe);
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(parts)));
}

ApiServer::ApiServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ApiServer::~ApiServer() {
  parts_->exports.Stop();
  // At the same time: each waits for the requests that it is answering.
  const auto stopped = std::async(std::launch::async, [this] { parts_->probes.reset(); });
  const auto pushed = std::async(std::launch::async, [this] {
    if (parts_->websockets) parts_->websockets->Stop();
  });
  parts_->api.reset();
  pushed.wait();
  stopped.wait();
}

std::string ApiServer::api_address() const {
  return parts_->api ? parts_->api->address().ToString() : "";
}

const std::vector<Route>& ApiServer::api_routes() const {
  return parts_->router.routes();
}

const std::vector<Route>& ApiServer::probe_routes() const {
  return parts_->probe_router.routes();
}

std::string ApiServer::probe_address() const {
  return parts_->probes->address().ToString();
}

}  // namespace keymeter::query_api
