#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "query-api/http/connection_guard.h"
#include "query-api/http/http_types.h"
#include "query-api/http/listen_address.h"
#include "schema/clock.h"
#include "schema/error.h"

struct mg_connection;
struct mg_context;

namespace keymeter::query_api {

/// Where a server listens, its limits, and how it answers what its handler does not see.
struct HttpServerOptions {
  ListenAddress address;
  std::string_view flag = "--listen";  ///< which flag to name when the address cannot be had
  ConnectionLimits limits;             ///< threads, and what clients are granted
  /// What is sent instead of a refusal that the handler does not see, so that it is counted and logged like
  /// any other answer. If the bytes were no request, only the peer is known. On the listener's threads.
  std::function<Response(const Request&, Response refusal)> frame_refusal{};
  ConnectionGuard::ExemptFunction is_exempt{};  ///< from the cap of connections per address
};

/// One listener with its own threads: bytes in, Request out, Response in, bytes out.
///
/// Nothing but the handler answers: no files, no directories, no forms. Requests that break the rules of HTTP
/// are refused before it (see request_rules.h). Answers to HEAD go without their body, streamed ones in
/// chunks. A request with a body is answered and its connection closed; bodies are never read. What the
/// handler throws becomes a 500 without details. Connections that are over their time are ended (see
/// ConnectionGuard). Threads: the handler runs on as many threads at once as there are workers, with stacks
/// of 100 KiB (civetweb of Debian); construction and destruction on one. Lifetime: borrows the clock. Bounds:
/// 16 KiB of header, the limits; the destructor ends all connections.
class HttpServer {
 public:
  using AnswerFunction = std::function<Response(const Request&)>;

  static Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options, const Clock& clock,
                                                   AnswerFunction answer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// With the port that was chosen when it was asked for port 0.
  [[nodiscard]] const ListenAddress& address() const { return address_; }
  [[nodiscard]] ConnectionGuard& guard() { return guard_; }
  /// What the guard knows of it; null once civetweb closes it.
  [[nodiscard]] static Connection* WatchedOf(const mg_connection* connection);

  /// For civetweb's callbacks only.
  Connection* OnConnection(const mg_connection* connection);
  int OnRequest(mg_connection* connection);
  void OnAnswered(const mg_connection* connection);
  void OnClose(const mg_connection* connection);
  void OnProtocolError(mg_connection* connection, int status);
  void OnMessage(std::string_view message);

 private:
  HttpServer(const HttpServerOptions& options, const Clock& clock, AnswerFunction answer);
  [[nodiscard]] Status Listen();
  void TuneListeningSocket();
  void Handle(mg_connection* connection, Connection& watched);
  /// After this civetweb and the guard know nothing of the connection any more.
  void HandOver(mg_connection* connection, Connection& watched, const TakeOver& take_over);
  [[nodiscard]] Response AnswerTo(const Request& request) const;
  [[nodiscard]] Response Framed(const Request& request, Response refusal) const;

  const HttpServerOptions options_;
  const AnswerFunction answer_;
  ListenAddress address_;
  ConnectionGuard guard_;
  std::string start_problem_;  ///< what civetweb says while it starts
  std::atomic<bool> has_started_{false};
  mg_context* context_ = nullptr;
  int listening_file_ = -1;  ///< civetweb's; -1: not found
};

}  // namespace keymeter::query_api
