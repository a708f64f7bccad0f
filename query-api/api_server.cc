#include "query-api/api_server.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>

#include <sys/resource.h>

#include "query-api/access/request_frame.h"
#include "query-api/api_routes.h"
#include "query-api/endpoints/response_cache.h"
#include "query-api/exports/export_limiter.h"
#include "query-api/front/front.h"
#include "query-api/front/front_metrics.h"
#include "query-api/front/inner_pool.h"
#include "query-api/front/inner_server.h"
#include "query-api/front/worker_backend.h"
#include "query-api/http/content_coding.h"
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

constexpr int kMostOpenExports = 4;
constexpr rlim_t kOtherOpenFiles = 256;

/// Queries at once, and what waits for one of the pool's connections.
constexpr std::size_t kInnerThreads = 16;

/// Probes come from few programs nearby, which send their request at once.
constexpr FrontLimits kProbeLimits{.connections = 256, .per_address = 0, .head_ms = 1000, .piece_ms = 2000};

/// How many connections there may be: each is an open file, and other files must be had meanwhile.
std::size_t ConnectionsWithin(std::size_t wanted) {
  const rlim_t files = wanted + kOtherOpenFiles;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= files) return wanted;
  limit.rlim_cur = std::min(limit.rlim_max, files);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= files) return wanted;
  const std::size_t possible =
      limit.rlim_cur > 2 * kOtherOpenFiles ? limit.rlim_cur - kOtherOpenFiles : limit.rlim_cur / 2;
  log::Warn("the limit of open files is too low", {{"wanted", fmt::format("{}", files)},
                                                   {"allowed", fmt::format("{}", limit.rlim_cur)},
                                                   {"max_connections", fmt::format("{}", possible)},
                                                   {"remedy", "raise LimitNOFILE or ulimit -n"}});
  return possible;
}

std::optional<TlsFiles> TlsOf(const ApiOptions& options) {
  if (options.tls_cert.empty()) return std::nullopt;
  return TlsFiles{options.tls_cert, options.tls_key};
}

}  // namespace

struct ApiServer::Parts {
  Parts(const ApiOptions& options, const Clock& api_clock, Probes given_probes)
      : clock(api_clock),
        pool(options.db_path, static_cast<std::size_t>(options.queries), kQueryWait),
        probe_pool(options.db_path, kProbeQueries, kProbeQueryWait),
        answers({.max_bytes = options.answer_cache_bytes}),
        spool(SpoolDirectory::Find(options.spool_dir, options.db_path)),
        exports({.directory = spool.path, .most_open = kMostOpenExports}),
        router(Routes(), [this](const Request& request) { return Admit(request); }),
        probe_context{{probe_pool, clock},
                      pool,
                      metrics,
                      WithWebSockets(WithAccessMetrics(std::move(given_probes))),
                      &answers,
                      &exports},
        probe_router(ProbeRoutes(probe_context), {}),
        access_log(options.access_log) {}

  ~Parts() {
    exports.Stop();
    // At the same time: each gives the requests that it is answering half a second.
    const auto stopped = std::async(std::launch::async, [this] { probes.reset(); });
    if (websockets) websockets->StopPublishing();  // nobody wakes the front any more
    api.reset();
    inner.reset();
    stopped.wait();
  }

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
    ASSIGN_OR_RETURN(const auto addresses, ParseListenAddresses(options.listen, "--listen"));
    ASSIGN_OR_RETURN(auto checked, Access::Make(addresses, options.access, clock));
    access = std::move(checked);
    if (access->RefusesEverybody())
      log::Warn("the token file holds no token: everybody is refused until keymeter token create makes one");
    if (spool.unusable)
      log::Warn("exports cannot be written",
                {{"reason", spool.unusable->Text()}, {"next", "exports are refused with 503"}});
    frame.emplace(access->cors(), access_log, clock);
    websockets = WebSockets::Start(options.db_path, clock, static_cast<std::size_t>(options.max_websockets),
                                   [this](const Request& request) { return Admit(request); });
    ASSIGN_OR_RETURN(auto server, InnerServer::Start(kInnerThreads, handover, [this](const Request& request) {
                       return Answer(request);
                     }));
    inner = std::move(server);
    RETURN_IF_ERROR(StartFront(options, addresses));
    websockets->OnNews([this] { api->WakeSessions(); });
    return {};
  }

  Status StartFront(const ApiOptions& options, const std::vector<ListenAddress>& addresses) {
    const MakeRefusal refuse = [this](const Request& request, Response refusal) {
      return Refuse(request, std::move(refusal));
    };
    FrontOptions wanted{.addresses = addresses, .tls = TlsOf(options), .frame_refusal = refuse};
    wanted.limits.connections = ConnectionsWithin(static_cast<std::size_t>(options.connections));
    wanted.limits.per_address = static_cast<std::size_t>(options.connections_per_address);
    wanted.counts_for = [this](const std::string& peer) {
      return access->IsSharedAddress(peer) ? std::string() : ClientKeyOf(peer);
    };
    ASSIGN_OR_RETURN(auto front, Front::Start(wanted, clock, api_counts, [&](const EventLoop& loop) {
                       return std::make_unique<InnerPool>(loop, inner->port(), kInnerThreads, handover, clock,
                                                          refuse);
                     }));
    api = std::move(front);
    return {};
  }

  Status StartProbes(const ListenAddress& address) {
    const FrontOptions wanted{.addresses = {address},
                              .flag = "--probe-listen",
                              .thread_name = "km-probe-front",
                              .limits = kProbeLimits};
    ASSIGN_OR_RETURN(
        auto front, Front::Start(wanted, clock, probe_counts, [this](const EventLoop& loop) {
          return std::make_unique<WorkerBackend>(
              loop, [this](const Request& request) { return Encoded(request, probe_router.Answer(request)); },
              [](const Request& request) { return request.path == "/livez"; });
        }));
    probes = std::move(front);
    return {};
  }

  Response Answer(const Request& request) {
    return frame->Answer(request,
                         [this](const Request& named, Caller& who) { return AnswerNamed(named, who); });
  }

  /// What the log and the metrics know it by, also where it was refused before its route was found.
  void Name(Response& response, const Request& request) const {
    if (response.route == kNoRoute) response.route = router.RouteOf(request.path);
    NameProblem(response, request.id);
  }

  /// Refusals of the listener itself get a request id and a log line like other responses.
  Response Refuse(const Request& request, Response refusal) {
    return frame->Answer(request, [&](const Request& named, Caller& who) {
      who.address = access->ClientOf(named);
      Name(refusal, named);
      metrics.Observe(refusal.route, refusal.status, 0);
      return std::move(refusal);
    });
  }

  Response AnswerNamed(const Request& request, Caller& who) {
    const std::int64_t begin_ms = clock.MonotonicMs();
    who.address = access->ClientOf(request);
    auto preflight = access->cors().AnswerPreflight(request);
    Response response = preflight ? std::move(*preflight) : router.Answer(request, &who);
    Name(response, request);
    response = Encoded(request, std::move(response));
    metrics.Observe(response.route, response.status,
                    static_cast<double>(clock.MonotonicMs() - begin_ms) / 1000);
    return response;
  }

  Probes WithAccessMetrics(Probes given) {
    given.add_metrics = [this, add = std::move(given.add_metrics)](PrometheusText& writer) {
      if (access) access->WriteMetrics(writer);
      if (access) access_log.WriteMetrics(writer);
      WriteFrontMetrics(api_counts, writer);
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
  const SpoolDirectory spool;
  ExportLimiter exports;
  ApiContext context{pool, clock, &answers, &exports};
  const Router router;
  ProbeContext probe_context;
  const Router probe_router;
  AccessLog access_log;
  std::optional<RequestFrame> frame;  ///< set before the first request can come
  std::unique_ptr<WebSockets> websockets;
  FrontCounts api_counts;
  FrontCounts probe_counts;  ///< not in /metrics: the probes' own clients are few, and known
  Handover handover;
  std::unique_ptr<InnerServer> inner;
  std::unique_ptr<Front> api;  ///< stopped first, by the destructor: its threads use the rest
  std::unique_ptr<Front> probes;
};

Result<std::unique_ptr<ApiServer>> ApiServer::Start(const ApiOptions& options, const Clock& clock,
                                                    Probes probes) {
  ASSIGN_OR_RETURN(const auto probe_listen,
                   ListenAddress::ParseWithoutTls(options.probe_listen, "--probe-listen"));
  auto parts = std::make_unique<Parts>(options, clock, std::move(probes));
  if (!options.listen.empty()) RETURN_IF_ERROR(parts->StartApi(options));
  RETURN_IF_ERROR(parts->StartProbes(probe_listen));
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(parts)));
}

ApiServer::ApiServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ApiServer::~ApiServer() = default;

std::vector<std::string> ApiServer::api_addresses() const {
  std::vector<std::string> texts;
  if (parts_->api)
    for (const ListenAddress& address : parts_->api->addresses()) texts.push_back(address.ToString());
  return texts;
}

std::string ApiServer::api_address() const {
  return parts_->api ? parts_->api->addresses().front().ToString() : "";
}

Status ApiServer::ReloadCertificates() {
  return parts_->api ? parts_->api->ReloadCertificate() : Status();
}

const std::vector<Route>& ApiServer::api_routes() const {
  return parts_->router.routes();
}

const std::vector<Route>& ApiServer::probe_routes() const {
  return parts_->probe_router.routes();
}

std::string ApiServer::probe_address() const {
  return parts_->probes->addresses().front().ToString();
}

}  // namespace keymeter::query_api
