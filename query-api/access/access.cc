#include "query-api/access/access.h"

#include <algorithm>

#include "query-api/access/bearer.h"
#include "query-api/http/this_machine.h"

namespace keymeter::query_api {

namespace {

constexpr RateLimit kFailures{.per_second = 0.5, .burst = 30};

Response Unauthorized(std::string_view detail, bool had_token) {
  Response response = Problem(401, detail);
  response.headers.push_back({"WWW-Authenticate", had_token
                                                      ? R"(Bearer realm="keymeter", error="invalid_token")"
                                                      : R"(Bearer realm="keymeter")"});
  return response;
}

Response TooManyRequests(std::string_view detail, std::int64_t retry_s) {
  Response response = Problem(429, detail);
  response.headers.push_back({"Retry-After", fmt::format("{}", retry_s)});
  return response;
}

Status CheckOptions(const std::vector<ListenAddress>& listen, const AccessOptions& options,
                    bool has_credentials) {
  if (has_credentials && options.allow_open)
    return Fail(MakeError(ErrorCode::kInvalid, "--no-auth and {}: one of them",
                          options.token_file.empty() ? "--jwt-secret-file" : "--token-file")
                    .Remedy("--no-auth lets everybody in, whatever he shows"));
  if (has_credentials || options.allow_open) return {};
  for (const ListenAddress& address : listen) {
    if (address.IsLoopback()) continue;
    return Fail(MakeError(ErrorCode::kInvalid,
                          "--listen {}: others can reach this address and no credentials are set up",
                          address.ToString())
                    .Remedy("set up --token-file (keymeter token create) or --jwt-secret-file, listen on "
                            "127.0.0.1, or say --no-auth if everybody may read everything"));
  }
  return {};
}

}  // namespace

Access::Access(const AccessOptions& options, Credentials credentials, const Clock& clock)
    : allow_open_(options.allow_open),
      credentials_(std::move(credentials)),
      failures_(kFailures, clock),
      limiter_(options.rate_limit, clock) {}

Result<std::unique_ptr<Access>> Access::Make(const std::vector<ListenAddress>& listen,
                                             const AccessOptions& options, const Clock& clock) {
  ASSIGN_OR_RETURN(auto credentials, Credentials::Open(options.token_file, options.jwt_secret_file, clock));
  const bool has_credentials = credentials.AreSetUp();
  RETURN_IF_ERROR(CheckOptions(listen, options, has_credentials));
  ASSIGN_OR_RETURN(auto proxies, TrustedProxies::Parse(options.trusted_proxies));
  ASSIGN_OR_RETURN(auto cors, Cors::Make(options.cors_origins, has_credentials));
  std::unique_ptr<Access> access(new Access(options, std::move(credentials), clock));
  access->proxies_ = std::move(proxies);
  access->cors_ = std::move(cors);
  for (const char* name : {"localhost", "127.0.0.1", "::1"}) access->hosts_.Add(name);
  for (const std::string& name : options.allowed_hosts) access->hosts_.Add(name);
  for (const ListenAddress& address : listen) access->hosts_.Add(address.host);
  access->any_host_ = options.allowed_hosts.empty() &&
                      std::any_of(listen.begin(), listen.end(),
                                  [](const ListenAddress& address) { return address.IsEverywhere(); });
  return access;
}

tl::unexpected<Response> Access::Refuse(Reason reason, Response response) const {
  ++refused_.at(static_cast<std::size_t>(reason));
  return tl::unexpected(std::move(response));
}

bool Access::IsSharedAddress(const std::string& address) const {
  if (IsThisMachine(address)) return true;
  const auto parsed = IpAddress::Parse(address);
  return parsed && proxies_.Trusts(*parsed);
}

std::string Access::ClientOf(const Request& request) const {
  return proxies_.ClientOf(request).value_or(request.peer);
}

tl::expected<std::string, Response> Access::CheckSource(const Request& request) const {
  auto client = proxies_.ClientOf(request);
  if (!client) return Refuse(Reason::kMalformed, ProblemOf(client.error()));
  if (!allow_open_ && !credentials_.AreSetUp())
    if (const std::string* const header = ForwardingHeaderOf(request); header != nullptr)
      return Refuse(
          Reason::kForwarded,
          Problem(403,
                  fmt::format("this request came through a proxy ({}) and no credentials are set up: ask "
                              "directly on this machine, set up --token-file, or start keymeter with "
                              "--no-auth if everybody whom the proxy lets through may read everything",
                              *header)));
  const std::string* const host = request.FindHeader("Host");
  if (!any_host_ && (host == nullptr || !hosts_.Contain(*host)))
    return Refuse(Reason::kHost,
                  Problem(403,
                          "the Host header names neither this machine's loopback nor the listen address, "
                          "nor one of --allowed-hosts"));
  return *client;
}

tl::unexpected<Response> Access::RefuseToken(const std::string& address, Reason reason,
                                             const std::string& detail) const {
  if (const std::int64_t retry_s = failures_.Take(ClientKeyOf(address)); retry_s > 0)
    return Refuse(
        Reason::kTooManyFailures,
        TooManyRequests("too many requests without a token that holds came from this address", retry_s));
  return Refuse(reason, Unauthorized(detail, reason == Reason::kInvalid));
}

tl::expected<Caller, Response> Access::Admit(const Request& request, const std::string& address,
                                             const Result<std::optional<std::string>>& token) const {
  Caller caller{Role::kAdmin, "", address};
  std::string key = ClientKeyOf(address);
  if (credentials_.AreSetUp()) {
    if (!token && token.error().code == ErrorCode::kInvalid)
      return Refuse(Reason::kMalformed, ProblemOf(token.error()));
    if (!token) return RefuseToken(address, Reason::kInvalid, token.error().Text());
    if (!*token)
      return RefuseToken(address, Reason::kMissing, "this takes credentials: Authorization: Bearer TOKEN");
    auto identity = credentials_.Identify(**token);
    if (!identity) return RefuseToken(address, Reason::kInvalid, identity.error().Text());
    caller.role = identity->role;
    caller.name = std::move(identity->name);
    key = std::move(identity->key);
  } else if (IsThisMachine(address) && ForwardingHeaderOf(request) == nullptr) {
    return caller;
  }
  if (const std::int64_t retry_s = limiter_.Take(key); retry_s > 0)
    return Refuse(Reason::kRateLimit,
                  TooManyRequests(fmt::format("one client may ask {} times a second, and {} times at once",
                                              limiter_.limit().per_second, limiter_.limit().burst),
                                  retry_s));
  return caller;
}

tl::expected<Caller, Response> Access::Check(const Request& request) const {
  ASSIGN_OR_RETURN(auto address, CheckSource(request));
  return Admit(request, address, BearerOf(request));
}

tl::expected<WebSocketCaller, Response> Access::CheckWebSocket(const Request& request) const {
  ASSIGN_OR_RETURN(auto address, CheckSource(request));
  const std::string* const origin = request.FindHeader("Origin");
  if (origin != nullptr && !IsOurOrigin(request, *origin))
    return Refuse(Reason::kOrigin, Problem(403,
                                           "pages of this origin may not open a WebSocket: list it in "
                                           "--cors-origin, or its host in --allowed-hosts"));
  auto offer = ProtocolOfferOf(request);
  if (!offer) return Refuse(Reason::kMalformed, ProblemOf(offer.error()));
  auto token = offer->token ? Result<std::optional<std::string>>(offer->token) : BearerOf(request);
  ASSIGN_OR_RETURN(auto caller, Admit(request, address, token));
  return WebSocketCaller{std::move(caller), std::move(offer->protocol)};
}

bool Access::IsOurOrigin(const Request& request, std::string_view origin) const {
  if (cors_.Allows(origin)) return true;
  const std::string_view authority = AuthorityOf(origin);
  if (authority.empty()) return false;
  // Where any Host is accepted, a page is ours when it comes from the host that the request names.
  const std::string* const host = request.FindHeader("Host");
  if (any_host_ && host != nullptr) return EqualsIgnoringCase(*host, authority);
  return hosts_.Contain(authority);
}

void Access::WriteMetrics(PrometheusText& writer) const {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Reason::kCount)> kNames = {
      "malformed",           "forwarded",         "host",      "origin", "credentials_missing",
      "credentials_invalid", "too_many_failures", "rate_limit"};
  for (std::size_t i = 0; i < kNames.size(); ++i)
    writer.Counter("keymeter_api_refused_requests_total",
                   "API requests refused before their handler, by reason.",
                   static_cast<double>(refused_.at(i)), {{"reason", kNames[i]}});
}

}  // namespace keymeter::query_api
