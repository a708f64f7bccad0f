#include "query-api/http_server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <exception>
#include <future>
#include <mutex>
#include <vector>

#include <arpa/inet.h>
#include <civetweb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schema/log.h"

namespace keymeter::query_api {

namespace {

constexpr std::size_t kMaxHeaderBytes = 16'384;
constexpr std::size_t kWriteBytes = 65'536;

HttpServer* ServerOf(const mg_connection* connection) {
  return static_cast<HttpServer*>(mg_get_user_data(mg_get_context(connection)));
}

int BeginRequest(mg_connection* connection) {
  return ServerOf(connection)->OnRequest(connection);
}

int HttpError(mg_connection* connection, int status, const char* /*message*/) {
  ServerOf(connection)->OnProtocolError(connection, status);
  return 0;
}

int LogMessage(const mg_connection* connection, const char* message) {
  ServerOf(connection)->OnMessage(message);
  return 1;
}

Request ReadRequest(const mg_request_info& info) {
  Request request;
  request.method = info.request_method;
  request.path = info.local_uri_raw;
  request.peer = info.remote_addr;
  if (info.query_string != nullptr) request.query = info.query_string;
  for (int i = 0; i < info.num_headers; ++i)
    request.headers.push_back({info.http_headers[i].name, info.http_headers[i].value});
  return request;
}

bool HasBody(const Request& request) {
  const std::string* length = request.FindHeader("Content-Length");
  return (length != nullptr && *length != "0") || request.FindHeader("Transfer-Encoding") != nullptr;
}

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text.data(), length};
}

std::string Head(const Response& response, bool closes) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                 ReasonPhrase(response.status), HttpDate());
  for (const Header& header : response.headers) head += fmt::format("{}: {}\r\n", header.name, header.value);
  if (response.stream_bytes)
    head += fmt::format("Content-Length: {}\r\n", *response.stream_bytes);
  else if (response.stream)
    head += "Transfer-Encoding: chunked\r\n";
  else if (response.status != 304)
    head += fmt::format("Content-Length: {}\r\n", response.Bytes().size());
  head += "Cache-Control: private, no-cache\r\nX-Content-Type-Options: nosniff\r\n";
  if (closes) head += "Connection: close\r\n";
  return head + "\r\n";
}

/// A connection that wakes the listening thread, so that it sees the stop flag now and not at its next look.
void Knock(const ListenAddress& address) {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (file < 0) return;
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(address.port);
  inet_pton(AF_INET, address.IsEverywhere() ? "127.0.0.1" : address.host.c_str(), &target.sin_addr);
  (void)::connect(file, reinterpret_cast<const sockaddr*>(&target), sizeof(target));
  ::close(file);
}

/// Writes to a client until it has taken too long.
class Outgoing {
 public:
  Outgoing(mg_connection* connection, int timeout_ms)
      : connection_(connection),
        deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms)) {}

  /// civetweb's own timeout begins anew with every byte that is taken; this one does not.
  bool Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t piece = std::min(kWriteBytes, bytes.size());
      if (mg_write(connection_, bytes.data(), piece) != static_cast<int>(piece)) return false;
      bytes.remove_prefix(piece);
      if (std::chrono::steady_clock::now() > deadline_) return false;
    }
    return true;
  }

 private:
  mg_connection* connection_;
  std::chrono::steady_clock::time_point deadline_;
};

/// A body that breaks off lacks its last chunk, or some of its length: the client sees that it is not whole.
bool SendStream(Outgoing& out, const BodyStream& stream, bool in_chunks) {
  std::string piece;
  for (;;) {
    piece.clear();
    const auto has_more = stream(piece);
    if (!has_more) {
      log::Fault("answer cut off", {{"error", has_more.error().message}});
      return false;
    }
    if (in_chunks && !piece.empty()) piece = fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    if (!out.Write(piece)) return false;
    if (!*has_more) return !in_chunks || out.Write("0\r\n\r\n");
  }
}

void InitLibraryOnce() {
  static std::once_flag flag;
  std::call_once(flag, [] { mg_init_library(MG_FEATURES_DEFAULT); });
}

}  // namespace

HttpServer::HttpServer(const HttpServerOptions& options, AnswerFunction answer)
    : options_(options), answer_(std::move(answer)), address_(options.address) {}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options,
                                                      AnswerFunction answer) {
  InitLibraryOnce();
  std::unique_ptr<HttpServer> server(new HttpServer(options, std::move(answer)));
  if (auto listening = server->Listen(); !listening) return Fail(listening.error());
  return server;
}

Status HttpServer::Listen() {
  const std::string port = address_.ToString();
  const std::string threads = fmt::format("{}", options_.threads);
  const std::string request_timeout = fmt::format("{}", options_.request_timeout_ms);
  const std::string keep_alive_timeout = fmt::format("{}", options_.keep_alive_timeout_ms);
  const std::string header_bytes = fmt::format("{}", kMaxHeaderBytes);
  // No document_root: there are no files to serve. The request's text is decoded by us, strictly.
  const std::vector<const char*> settings = {"listening_ports",
                                             port.c_str(),
                                             "num_threads",
                                             threads.c_str(),
                                             "request_timeout_ms",
                                             request_timeout.c_str(),
                                             "enable_keep_alive",
                                             "yes",
                                             "keep_alive_timeout_ms",
                                             keep_alive_timeout.c_str(),
                                             "tcp_nodelay",
                                             "1",
                                             "max_request_size",
                                             header_bytes.c_str(),
                                             "decode_url",
                                             "no",
                                             "decode_query_string",
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
    return Fail(ErrorCode::kRefused, "cannot listen on {} ({}): free it or name another with {}", port,
                start_problem_, options_.flag);
  has_started_ = true;
  mg_server_port chosen{};
  if (mg_get_server_ports(context_, 1, &chosen) == 1) address_.port = static_cast<std::uint16_t>(chosen.port);
  return {};
}

HttpServer::~HttpServer() {
  if (context_ == nullptr) return;
  const auto stopped = std::async(std::launch::async, [this] { mg_stop(context_); });
  while (stopped.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) Knock(address_);
}

int HttpServer::OnRequest(mg_connection* connection) {
  try {
    const Request request = ReadRequest(*mg_get_request_info(connection));
    const bool closes = HasBody(request);
    const Response response = AnswerTo(request);
    const bool was_taken = Send(connection, response, request.method != "HEAD", closes);
    // The only way to keep civetweb from reading a body to its end, however slowly it comes.
    if (closes || !was_taken) mg_close_connection(connection);
    return response.status;
  } catch (...) {  // out of memory: nothing may leave through civetweb's frames
    mg_close_connection(connection);
    return 500;
  }
}

void HttpServer::OnProtocolError(mg_connection* connection, int status) {
  try {
    // civetweb says 400 "Malformed message" for a header that is too large or too late as well.
    const std::string detail =
        status == 400 ? fmt::format(
                            "the request is malformed, its header has more than {} bytes, or it did not "
                            "arrive within {} ms",
                            kMaxHeaderBytes, options_.request_timeout_ms)
                      : "the request cannot be understood";
    Send(connection, Problem(status, detail), true, true);
  } catch (...) {
    return;
  }
}

void HttpServer::OnMessage(std::string_view message) {
  try {
    if (!has_started_) {
      if (start_problem_.empty()) start_problem_ = std::string(message);  // the first is the cause
    } else {
      log::Debug("http server", {{"problem", message}});
    }
  } catch (...) {
    return;
  }
}

Response HttpServer::AnswerTo(const Request& request) const {
  try {
    return answer_(request);
  } catch (const std::exception& failure) {
    log::Fault("request failed", {{"error", failure.what()}});
  } catch (...) {
    log::Fault("request failed");
  }
  return Problem(500, "internal error");
}

bool HttpServer::Send(mg_connection* connection, const Response& response, bool with_body,
                      bool closes) const {
  Outgoing out(connection, options_.answer_timeout_ms);
  std::string bytes = Head(response, closes);
  if (!with_body) return out.Write(bytes);
  if (response.stream) return out.Write(bytes) && SendStream(out, response.stream, !response.stream_bytes);
  // One write for what is short; what is long is not copied.
  if (response.Bytes().size() > kWriteBytes) return out.Write(bytes) && out.Write(response.Bytes());
  bytes += response.Bytes();
  return out.Write(bytes);
}

}  // namespace keymeter::query_api
