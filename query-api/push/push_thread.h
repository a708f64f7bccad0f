#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "query-api/push/push_publisher.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// The thread that publishes: once per flush, and at once when a client waits for a first state.
///
/// While there are no subscriptions it sleeps and does not touch the file.
/// Threads: Wake from any, Stop and destruction on one; its own thread reads the file. Lifetime: borrows what
/// it is given; the destructor stops it. Bounds: at most a third of one core. Tested by
/// tests/query-api/push/web_sockets_test.cc.
class PushThread {
 public:
  /// `on_news` is called on this thread after each round: there may be messages for clients.
  PushThread(ApiContext& context, PushHub& hub, std::function<void()> on_news);
  ~PushThread();
  PushThread(const PushThread&) = delete;
  PushThread& operator=(const PushThread&) = delete;

  /// A client wants a state that is not known yet. After Stop nothing happens.
  void Wake();
  /// Waits for the current round; `on_news` is not called afterwards.
  void Stop();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void Run();
  void RunRound();
  /// Waits until a round is due; false: the thread must end.
  [[nodiscard]] bool Wait();

  PushPublisher publisher_;
  const std::function<void()> on_news_;
  Time next_flush_{};  ///< this and the next three: its own thread only
  Time not_before_{};  ///< pause after a round, so that rounds take a third of the time
  bool is_behind_ = false;
  bool was_wanted_ = false;
  Mutex mutex_;
  CondVar changed_;
  bool is_woken_ GUARDED_BY(mutex_) = false;
  bool stops_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
