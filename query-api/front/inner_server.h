#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "query-api/front/handover.h"
#include "query-api/http/http_types.h"
#include "schema/error.h"

struct mg_connection;
struct mg_context;

namespace keymeter::query_api {

/// The inner civetweb: threads that run gate, router and handlers for the front, and for nobody else.
///
/// It listens on a free port of 127.0.0.1 and answers requests of the connections that Handover knows; any
/// other connection is closed. No client's byte comes here: InnerPool writes each request anew. What is short
/// is sent back; what is long, a file or a session is left in Handover, so that no thread waits for a client.
/// Threads: the handler runs on as many at once as there are threads, with stacks of 100 KiB (civetweb of
/// Debian); construction and destruction on one. Lifetime: borrows the handover; the destructor waits for
/// handlers. Bounds: one thread for each connection of the front, and two for strangers, who have half a
/// second.
class InnerServer {
 public:
  using AnswerFunction = std::function<Response(const Request&)>;

  static Result<std::unique_ptr<InnerServer>> Start(std::size_t threads, Handover& handover,
                                                    AnswerFunction answer);
  ~InnerServer();
  InnerServer(const InnerServer&) = delete;
  InnerServer& operator=(const InnerServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// For civetweb's callbacks only.
  int OnRequest(mg_connection* connection);
  void OnMessage(std::string_view message);

 private:
  InnerServer(Handover& handover, AnswerFunction answer);
  [[nodiscard]] Status Listen(std::size_t threads);
  /// False: it is closed without a word.
  [[nodiscard]] bool Serve(mg_connection* connection, std::uint16_t port, Handover::Connection ours);
  [[nodiscard]] Response AnswerTo(const Request& request) const;

  Handover& handover_;
  const AnswerFunction answer_;
  std::uint16_t port_ = 0;
  std::string start_problem_;  ///< what civetweb says while it starts
  std::atomic<bool> has_started_{false};
  std::atomic<int> working_{0};         ///< threads that make an answer
  std::atomic<bool> has_waste_{false};  ///< of a large answer, that malloc keeps
  mg_context* context_ = nullptr;
};

}  // namespace keymeter::query_api
