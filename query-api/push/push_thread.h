#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "query-api/push/push_publisher.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// Publishes once a flush, and at once when somebody waits for a first state; while nobody has subscribed to
/// anything it sleeps and asks the file nothing.
///
/// Threads: its own does the reading; Wake from any. Lifetime: borrows all that it is given; the destructor
/// waits for the round that runs. Bounds: at most a third of one core.
class PushThread {
 public:
  /// `on_news`: a round has ended, clients may have something to take. Called by its thread.
  PushThread(ApiContext& context, PushHub& hub, std::function<void()> on_news);
  ~PushThread();
  PushThread(const PushThread&) = delete;
  PushThread& operator=(const PushThread&) = delete;

  /// Somebody subscribed to something that is not known.
  void Wake();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void Run();
  void RunRound();
  /// Until it is time for a round; false: it stops.
  [[nodiscard]] bool Wait();

  PushPublisher publisher_;
  const std::function<void()> on_news_;
  Time next_flush_{};  ///< its thread's own, as are the next three
  Time not_before_{};  ///< so that rounds take no more than their share
  bool is_behind_ = false;
  bool was_wanted_ = false;
  Mutex mutex_;
  CondVar changed_;
  bool is_woken_ GUARDED_BY(mutex_) = false;
  bool stops_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace keymeter::query_api
