#include "query-api/front/inner_server.h"

#include <chrono>
#include <exception>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include <civetweb.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/socket.h>

#include "query-api/front/answer.h"
#include "query-api/front/free_memory.h"
#include "query-api/front/inner_answer.h"
#include "query-api/front/inner_request.h"
#include "query-api/front/loopback.h"
#include "query-api/http/response_head.h"
#include "schema/file_descriptor.h"
#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kLoopback = "127.0.0.1";
constexpr std::size_t kThreadsForStrangers = 2;
constexpr std::size_t kLargeBytes = std::size_t{1} << 20U;
constexpr const char* kStrangersMs = "500";        ///< for the head of a connection's first request
constexpr const char* kKeptMs = "86400000";        ///< the front keeps its connections
constexpr const char* kMaxRequestBytes = "65536";  ///< more than any head that the front writes anew

InnerServer* ServerOf(const mg_connection* connection) {
  return static_cast<InnerServer*>(mg_get_user_data(mg_get_context(connection)));
}

int BeginRequest(mg_connection* connection) {
  return ServerOf(connection)->OnRequest(connection);
}

/// Of a stranger: what is no request gets no answer.
int HttpError(mg_connection* connection, int /*status*/, const char* /*message*/) {
  mg_close_connection(connection);
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

Request RequestOf(const mg_request_info& info) {
  Request request;
  request.method = info.request_method;
  request.path = info.local_uri_raw;
  if (info.query_string != nullptr) request.query = info.query_string;
  for (int i = 0; i < info.num_headers; ++i) {
    const mg_header& header = info.http_headers[i];
    if (kPeerHeader == header.name)
      request.peer = header.value;
    else if (kMethodHeader == header.name)
      request.method = header.value;
    else if (kUpgradeHeader == header.name)
      request.headers.insert(request.headers.end(), {{"Connection", "Upgrade"}, {"Upgrade", header.value}});
    else
      request.headers.push_back({header.name, header.value});
  }
  return request;
}

/// What must not be sent through the socket, if the answer has any such.
std::optional<HandedOver> HandedOverOf(Response& response) {
  if (response.file) return HandedOver{.file = std::move(response.file)};
  if (response.start_session) return HandedOver{.start_session = std::move(response.start_session)};
  if (response.Bytes().size() > kMostInlineBody)
    return HandedOver{.shared_body = SharedBytesOf(std::move(response))};
  return std::nullopt;
}

void WakeListener(std::uint16_t port) {
  const FileDescriptor knock(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_in address = Loopback(port);
  (void)::connect(knock.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace

InnerServer::InnerServer(Handover& handover, AnswerFunction answer)
    : handover_(handover), answer_(std::move(answer)) {}

Result<std::unique_ptr<InnerServer>> InnerServer::Start(std::size_t threads, Handover& handover,
                                                        AnswerFunction answer) {
  InitLibraryOnce();
  // Larger pieces go back to the kernel as soon as they are free; else malloc keeps them once it has seen
  // some.
  ::mallopt(M_MMAP_THRESHOLD, static_cast<int>(kLargeBytes));
  std::unique_ptr<InnerServer> server(new InnerServer(handover, std::move(answer)));
  RETURN_IF_ERROR(server->Listen(threads));
  return server;
}

Status InnerServer::Listen(std::size_t threads) {
  const std::string count = fmt::format("{}", threads + kThreadsForStrangers);
  // No document_root: there are no files to serve. The request's text is decoded by us, strictly.
  const std::vector<const char*> settings = {"listening_ports",
                                             "127.0.0.1:0",
                                             "num_threads",
                                             count.c_str(),
                                             "request_timeout_ms",
                                             kStrangersMs,
                                             "enable_keep_alive",
                                             "yes",
                                             "keep_alive_timeout_ms",
                                             kKeptMs,
                                             "tcp_nodelay",
                                             "1",
                                             "max_request_size",
                                             kMaxRequestBytes,
                                             "decode_url",
                                             "no",
                                             "decode_query_string",
                                             "no",
                                             "enable_auth_domain_check",
                                             "no",
                                             "enable_directory_listing",
                                             "no",
                                             nullptr};
  mg_callbacks callbacks{};
  callbacks.begin_request = BeginRequest;
  callbacks.http_error = HttpError;
  callbacks.log_message = LogMessage;
  context_ = mg_start(&callbacks, this, const_cast<const char**>(settings.data()));
  if (context_ == nullptr)
    return Fail(ErrorCode::kRefused, "the inner server cannot listen on 127.0.0.1: {}", start_problem_);
  has_started_ = true;
  mg_server_port chosen{};
  if (mg_get_server_ports(context_, 1, &chosen) != 1)
    return Fail(ErrorCode::kInternal, "the inner server does not say its port");
  port_ = static_cast<std::uint16_t>(chosen.port);
  return {};
}

InnerServer::~InnerServer() {
  if (context_ == nullptr) return;
  // The thread that listens looks at the stop flag after each poll: every 2 s, or when somebody connects.
  const auto stopped = std::async(std::launch::async, [this] { mg_stop(context_); });
  do WakeListener(port_);
  while (stopped.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready);
}

int InnerServer::OnRequest(mg_connection* connection) {
  const mg_request_info* const info = mg_get_request_info(connection);
  const auto port = static_cast<std::uint16_t>(info->remote_port);
  const auto ours = std::string_view(info->remote_addr) == kLoopback ? handover_.Find(port) : std::nullopt;
  bool is_answered = false;
  ++working_;
  try {
    is_answered = ours && Serve(connection, port, *ours);
  } catch (...) {  // out of memory: nothing may leave through civetweb's frames
  }
  if (--working_ == 0 && has_waste_.exchange(false)) GiveFreeMemoryBack();  // nobody works
  if (!is_answered) mg_close_connection(connection);
  return is_answered ? 200 : 500;  // of no use but to civetweb
}

bool InnerServer::Serve(mg_connection* connection, std::uint16_t port, Handover::Connection ours) {
  const Request request = RequestOf(*mg_get_request_info(connection));
  Response response = AnswerTo(request);
  if (response.made_bytes >= kLargeBytes) has_waste_ = true;
  std::string bytes = ResponseHead(response);
  const bool has_body = request.method != "HEAD";
  if (auto left = has_body ? HandedOverOf(response) : std::nullopt) {
    if (!handover_.Leave(port, ours, std::move(*left))) return false;
    bytes.append(kHandedOverHeader).append(": 1\r\n\r\n");
  } else {
    bytes += "\r\n";
    if (has_body) bytes += response.Bytes();
  }
  return mg_write(connection, bytes.data(), bytes.size()) == static_cast<int>(bytes.size());
}

Response InnerServer::AnswerTo(const Request& request) const {
  if (request.peer.empty()) {  // the front's greeting: its connection is kept from now on
    Response welcome;
    welcome.status = 204;
    return welcome;
  }
  try {
    return answer_(request);
  } catch (const std::exception& failure) {
    log::Fault("request failed", {{"reason", failure.what()}});
  } catch (...) {
    log::Fault("request failed");
  }
  return Problem(500, "internal error");
}

void InnerServer::OnMessage(std::string_view message) {
  try {
    if (has_started_)
      log::Debug("inner server", {{"reason", message}});
    else if (start_problem_.empty())
      start_problem_ = std::string(message);  // the first is the cause
  } catch (...) {
    return;
  }
}

}  // namespace keymeter::query_api
