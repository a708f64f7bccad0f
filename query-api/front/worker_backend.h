#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "query-api/front/answer.h"
#include "query-api/front/exchange_queue.h"
#include "schema/event_loop.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// A backend with one thread of its own, for probes: answers come without civetweb, and what is answered from
/// memory at once does not wait for what reads the file.
///
/// Threads: that of the loop, one of its own for what may take time. Lifetime: borrows the loop; the
/// destructor waits for the answer that is being made. Bounds: as many waiting requests as the front has
/// clients.
class WorkerBackend final : public Backend {
 public:
  using AnswerFunction = std::function<Response(const Request&)>;
  /// Whether a request is answered on the loop: it must take no time and wait for nothing.
  using IsInstant = std::function<bool(const Request&)>;

  WorkerBackend(const EventLoop& loop, AnswerFunction answer, IsInstant is_instant);
  ~WorkerBackend() override;

  void Ask(std::shared_ptr<Exchange> exchange) override;
  void Tick() override {}

 private:
  struct Answered {
    std::shared_ptr<Exchange> exchange;
    Answer answer;
  };

  void Run();
  [[nodiscard]] Answer AnswerTo(const Request& request) const;
  void Deliver();

  const AnswerFunction answer_;
  const IsInstant is_instant_;
  Wakeup answered_;
  Mutex mutex_;
  CondVar changed_;
  ExchangeQueue asked_ GUARDED_BY(mutex_);
  std::vector<Answered> done_ GUARDED_BY(mutex_);
  bool stops_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
