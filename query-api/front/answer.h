#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "query-api/http/http_types.h"

namespace keymeter::query_api {

/// An answer on its way to a client: its head as text, and one kind of body.
/// Threads: plain value. Tested by tests/query-api/front/front_test.cc.
struct Answer {
  int status = 200;
  std::string head;  ///< status line and headers, each with its CRLF; without `Connection` and the empty line
  std::string body{};
  std::shared_ptr<const std::string> shared_body{};  ///< when set, in place of `body`
  std::shared_ptr<FileBody> file{};                  ///< likewise
  StartSession start_session{};                      ///< of a 101
};

/// Makes what a client gets in place of a refusal that no backend sees.
using MakeRefusal = std::function<Response(const Request&, Response refusal)>;

/// The body of a response in the form in which several threads may hold it.
[[nodiscard]] std::shared_ptr<const std::string> SharedBytesOf(Response&& response);

/// With the body that the response has: whether it is sent (HEAD) is decided by who sends it.
[[nodiscard]] Answer AnswerOf(Response response);

/// One request and who waits for its answer.
/// Threads: that of the front's loop; a backend's thread may read the request, and whether it is abandoned.
class Exchange {
 public:
  Exchange(Request request, std::function<void(Answer)> on_answer)
      : request_(std::move(request)), on_answer_(std::move(on_answer)) {}

  [[nodiscard]] const Request& request() const { return request_; }
  /// The client has gone: whoever has not begun need not answer, and no answer reaches anybody.
  void Abandon() { is_abandoned_ = true; }
  [[nodiscard]] bool IsAbandoned() const { return is_abandoned_; }
  /// Once.
  void GiveAnswer(Answer answer) {
    if (!is_abandoned_) on_answer_(std::move(answer));
  }

 private:
  const Request request_;
  const std::function<void(Answer)> on_answer_;
  std::atomic<bool> is_abandoned_{false};
};

/// What answers the requests of a front.
/// Threads: one, that of the front's loop, on which it also gives answers.
class Backend {
 public:
  Backend() = default;
  virtual ~Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  virtual void Ask(std::shared_ptr<Exchange> exchange) = 0;
  /// Called about every 50 ms while a client is connected.
  virtual void Tick() = 0;
};

}  // namespace keymeter::query_api
