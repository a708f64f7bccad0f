#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "query-api/http_types.h"
#include "query-api/listen_address.h"
#include "schema/error.h"

struct mg_connection;
struct mg_context;

namespace keymeter::query_api {

struct HttpServerOptions {
  ListenAddress address;
  std::string_view flag = "--listen";  ///< which flag to name when the address cannot be had
  int threads = 8;
  int request_timeout_ms = 5000;    ///< for a whole request header to arrive, for a stalled answer
  int answer_timeout_ms = 30'000;   ///< for a whole answer to be taken
  int keep_alive_timeout_ms = 500;  ///< an idle connection holds a thread, so not long
};

/// One listener with its own threads: bytes in, Request out, Response in, bytes out.
///
/// Nothing but the handler answers: no files, no directories, no forms. Answers to HEAD go without their
/// body, streamed ones in chunks. A request with a body is answered and its connection closed; bodies are
/// never read. What the handler throws becomes a 500 without details. Threads: the handler runs on `threads`
/// threads at once; construction and destruction on one. Bounds: 16 KiB of header, the timeouts above; the
/// destructor returns within about 2 s (civetweb looks at its stop flag every 2 s while a client is silent),
/// at once when all connections are idle or closed.
class HttpServer {
 public:
  using AnswerFunction = std::function<Response(const Request&)>;

  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options, AnswerFunction answer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// With the port that was chosen when it was asked for port 0.
  [[nodiscard]] const ListenAddress& address() const { return address_; }

  /// For civetweb's callbacks only.
  int OnRequest(mg_connection* connection);
  void OnProtocolError(mg_connection* connection, int status);
  void OnMessage(std::string_view message);

 private:
  HttpServer(const HttpServerOptions& options, AnswerFunction answer);
  [[nodiscard]] Status Listen();
  [[nodiscard]] Response AnswerTo(const Request& request) const;
  /// False when the client did not take it in time, or when not all of it could be made.
  bool Send(mg_connection* connection, const Response& response, bool with_body, bool closes) const;

  const HttpServerOptions options_;
  const AnswerFunction answer_;
  ListenAddress address_;
  std::string start_problem_;  ///< what civetweb says while it starts
  std::atomic<bool> has_started_{false};
  mg_context* context_ = nullptr;
};

}  // namespace keymeter::query_api
