#include "query-api/http/http_server.h"

#include <chrono>
#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <civetweb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "query-api/http/request_reader.h"
#include "query-api/http/request_rules.h"
#include "query-api/http/response_writer.h"
#include "query-api/http/socket.h"
#include "query-api/http/socket_lookup.h"
#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr std::size_t kMaxHeaderBytes = 16'384;
/// Connections that wait in the kernel until a thread is free. Beyond that a client tries again after a
/// second.
constexpr int kBacklog = 4096;
/// civetweb's own timeouts count anew with every read and write. They are for the case that the guard cannot
/// act.
constexpr std::int64_t kLooseness = 2;

HttpServer* ServerOf(const mg_connection* connection) {
  return static_cast<HttpServer*>(mg_get_user_data(mg_get_context(connection)));
}

int InitConnection(const mg_connection* connection, void** data) {
  *data = ServerOf(connection)->OnConnection(connection);
  return 0;
}

int BeginRequest(mg_connection* connection) {
  return ServerOf(connection)->OnRequest(connection);
}

void EndRequest(const mg_connection* connection, int /*status*/) {
  ServerOf(connection)->OnAnswered(connection);
}

void ConnectionClose(const mg_connection* connection) {
  ServerOf(connection)->OnClose(connection);
}

int HttpError(mg_connection* connection, int status, const char* /*message*/) {
  ServerOf(connection)->OnProtocolError(connection, status);
  return 0;
}

int LogMessage(const mg_connection* connection, const char* message) {
  ServerOf(connection)->OnMessage(message);
  return 1;
}

void InitLibraryOnce() {
  static std::once_flag flag;
  std::call_once(flag, [] { mg_init_library(MG_FEATURES_DEFAULT); });
}

/// Null while a connection is being set up. What is read here is set before and does not change.
std::optional<Peer> PeerOf(const void* owner) {
  const mg_request_info* info = mg_get_request_info(static_cast<const mg_connection*>(owner));
  in_addr address{};
  if (info == nullptr || inet_pton(AF_INET, info->remote_addr, &address) != 1) return std::nullopt;
  return Peer{address.s_addr, static_cast<std::uint16_t>(info->remote_port)};
}

Response TooMany() {
  Response response = Problem(429, "too many connections from this address");
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

/// Why civetweb could make no request of what came. It says 400 "Malformed message" for a header that is too
/// large or too late as well.
Response ProblemWith(int status, Ending ending, bool has_unread) {
  if (ending == Ending::kExcess) return TooMany();
  if (ending == Ending::kLate) return Problem(408, "the header of the request did not arrive in time");
  if (status == 400 && has_unread)
    return Problem(431, fmt::format("a request's line and headers take at most {} bytes", kMaxHeaderBytes));
  if (status == 505) return Problem(505, "this server speaks HTTP/1.1 and HTTP/1.0");
  return Problem(
      400, fmt::format("the request is malformed, or its header has more than {} bytes", kMaxHeaderBytes));
}

}  // namespace

HttpServer::HttpServer(const HttpServerOptions& options, const Clock& clock, AnswerFunction answer)
    : options_(options),
      answer_(std::move(answer)),
      address_(options.address),
      guard_(options.limits, clock, PeerOf, options.is_exempt) {}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options, const Clock& clock,
                                                      AnswerFunction answer) {
  InitLibraryOnce();
  std::unique_ptr<HttpServer> server(new HttpServer(options, clock, std::move(answer)));
  RETURN_IF_ERROR(server->Listen());
  return server;
}

Status HttpServer::Listen() {
  const ConnectionLimits& limits = options_.limits;
  // No document_root: there are no files to serve. The request's text is decoded by us, strictly.
  const std::vector<std::pair<const char*, std::string>> settings = {
      {"listening_ports", address_.ToString()},
      {"num_threads", fmt::format("{}", limits.workers)},
      {"listen_backlog", fmt::format("{}", kBacklog)},
      {"request_timeout_ms", fmt::format("{}", limits.header_ms * kLooseness)},
      {"enable_keep_alive", "yes"},
      {"keep_alive_timeout_ms", fmt::format("{}", limits.idle_ms * kLooseness)},
      {"tcp_nodelay", "1"},
      {"max_request_size", fmt::format("{}", kMaxHeaderBytes)},
      {"decode_url", "no"},
      {"decode_query_string", "no"},
      {"enable_auth_domain_check", "no"},  // else targets like http://localhost:8787/ are closed on
      {"enable_directory_listing", "no"}};
  std::vector<const char*> texts;
  for (const auto& [name, value] : settings) texts.insert(texts.end(), {name, value.c_str()});
  texts.push_back(nullptr);
  mg_callbacks callbacks{};
  callbacks.init_connection = InitConnection;
  callbacks.begin_request = BeginRequest;
  callbacks.end_request = EndRequest;
  callbacks.connection_close = ConnectionClose;
  callbacks.http_error = HttpError;
  callbacks.log_message = LogMessage;
  context_ = mg_start(&callbacks, this, texts.data());
  if (context_ == nullptr)
    return Fail(ErrorCode::kRefused, "cannot listen on {} ({}): free it or name another with {}",
                address_.ToString(), start_problem_, options_.flag);
  has_started_ = true;
  mg_server_port chosen{};
  if (mg_get_server_ports(context_, 1, &chosen) == 1) address_.port = static_cast<std::uint16_t>(chosen.port);
  guard_.Watch(address_);
  TuneListeningSocket();
  return {};
}

/// A connection on which nothing was said stays in the kernel, where it holds no thread.
void HttpServer::TuneListeningSocket() {
  listening_file_ = FindListening(address_);
  if (listening_file_ < 0) return;
  const int wait_s = static_cast<int>((options_.limits.header_ms + 999) / 1000);
  (void)::setsockopt(listening_file_, IPPROTO_TCP, TCP_DEFER_ACCEPT, &wait_s, sizeof(wait_s));
}

HttpServer::~HttpServer() {
  if (context_ == nullptr) return;
  // civetweb's threads look at the stop flag every 2 s only. This wakes the one that listens; its socket is
  // still open, since it is closed after mg_stop alone.
  if (listening_file_ >= 0) ::shutdown(listening_file_, SHUT_RDWR);
  const auto stopped = std::async(std::launch::async, [this] { mg_stop(context_); });
  do guard_.EndAll();
  while (stopped.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready);
}

Connection* HttpServer::WatchedOf(const mg_connection* connection) {
  return static_cast<Connection*>(mg_get_user_connection_data(connection));
}

Connection* HttpServer::OnConnection(const mg_connection* connection) {
  try {
    return &guard_.Open(connection);
  } catch (...) {  // out of memory: nothing may leave through civetweb's frames
    return nullptr;
  }
}

int HttpServer::OnRequest(mg_connection* connection) {
  Connection* const watched = WatchedOf(connection);
  try {
    if (watched != nullptr) {
      Handle(connection, *watched);
      return 200;  // for civetweb: it was answered
    }
  } catch (...) {  // out of memory, again
  }
  mg_close_connection(connection);
  return 500;
}

void HttpServer::Handle(mg_connection* connection, Connection& watched) {
  const Ending ending = guard_.HeaderDone(watched);
  const auto [request, version, is_understood] = ReadRequest(*mg_get_request_info(connection));
  std::optional<Response> refusal;
  if (ending != Ending::kNone && ending != Ending::kLate)
    refusal = TooMany();
  else if (!is_understood)
    refusal = Problem(400, "the request's header has lines that are no headers");
  else
    refusal = BreaksRules(request, version);
  const Response response = refusal ? Framed(request, std::move(*refusal)) : AnswerTo(request);
  ResponseWriter::Form form;
  form.with_body = request.method != "HEAD";
  form.in_chunks = version == "1.1";
  const bool keeps_alive = WantsKeepAlive(request, version);
  const bool must_close = refusal || ending != Ending::kNone || HasBody(request) ||
                          (response.stream && !response.stream_bytes && !form.in_chunks);
  form.closes = must_close || !keeps_alive;
  form.names_keep_alive = version == "1.0" && keeps_alive;
  const bool was_taken = ResponseWriter(connection, guard_, watched).Send(response, form);
  if (response.take_over && was_taken) HandOver(connection, watched, response.take_over);
  // The only way to keep civetweb from reading a body to its end, however slowly it comes.
  if (must_close || !was_taken || response.take_over) mg_close_connection(connection);
}

void HttpServer::HandOver(mg_connection* connection, Connection& watched, const TakeOver& take_over) {
  const auto peer = PeerOf(connection);
  std::vector<int> files;
  ForEachAccepted(address_, [&](const AcceptedSocket& accepted) {
    if (peer && accepted.peer.address == peer->address && accepted.peer.port == peer->port)
      files.push_back(accepted.file);
  });
  mg_set_user_connection_data(connection, nullptr);
  guard_.Close(watched);  // before the socket is somebody else's
  // A peer may have the same port at several of our addresses: which is which is not known then.
  auto socket = files.size() == 1
                    ? TakeSocketAway(files.front())
                    : Result<FileDescriptor>(Fail(ErrorCode::kInternal, "its socket was not found"));
  if (socket) {
    take_over(std::move(*socket));
  } else {
    log::Fault("connection not taken over", {{"reason", socket.error().Text()}});
  }
}

void HttpServer::OnAnswered(const mg_connection* connection) {
  if (Connection* const watched = WatchedOf(connection)) guard_.AnswerDone(*watched);
}

void HttpServer::OnClose(const mg_connection* connection) {
  if (Connection* const watched = WatchedOf(connection)) guard_.Close(*watched);
}

void HttpServer::OnProtocolError(mg_connection* connection, int status) {
  try {
    Connection* const watched = WatchedOf(connection);
    if (watched == nullptr) return;
    const Ending ending = guard_.HeaderDone(*watched);
    const bool has_unread = status == 400 && ending == Ending::kNone && guard_.UnreadBytes(*watched) > 0;
    Request request;
    if (const mg_request_info* info = mg_get_request_info(connection)) request.peer = info->remote_addr;
    const Response response = Framed(request, ProblemWith(status, ending, has_unread));
    ResponseWriter::Form form;
    form.closes = true;
    (void)ResponseWriter(connection, guard_, *watched).Send(response, form);
  } catch (...) {
    return;
  }
}

void HttpServer::OnMessage(std::string_view message) {
  try {
    if (!has_started_) {
      if (start_problem_.empty()) start_problem_ = std::string(message);  // the first is the cause
    } else {
      log::Debug("http server", {{"reason", message}});
    }
  } catch (...) {
    return;
  }
}

Response HttpServer::Framed(const Request& request, Response refusal) const {
  return options_.frame_refusal ? options_.frame_refusal(request, std::move(refusal)) : refusal;
}

Response HttpServer::AnswerTo(const Request& request) const {
  try {
    return answer_(request);
  } catch (const std::exception& failure) {
    log::Fault("request failed", {{"reason", failure.what()}});
  } catch (...) {
    log::Fault("request failed");
  }
  return Problem(500, "internal error");
}

}  // namespace keymeter::query_api
