#include "query-api/push/push_thread.h"

#include <algorithm>
#include <exception>

#include "schema/log.h"
#include "schema/mutex.h"
#include "schema/thread_name.h"

namespace keymeter::query_api {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::int64_t kLeastIntervalMs = 200;
constexpr std::int64_t kMostIntervalMs = 5000;  ///< to notice a processor that ends between long flushes
constexpr int kRestPerWork = 2;                 ///< a round is followed by a pause of twice its time

}  // namespace

PushThread::PushThread(ApiContext& context, PushHub& hub, std::function<void()> on_news)
    : publisher_(context, hub), on_news_(std::move(on_news)), thread_([this] { Run(); }) {}

PushThread::~PushThread() {
  Stop();
}

void PushThread::Stop() {
  {
    const MutexLock lock(mutex_);
    stops_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PushThread::Wake() {
  {
    const MutexLock lock(mutex_);
    is_woken_ = true;
  }
  changed_.notify_all();
}

void PushThread::Run() {
  NameThread("km-push");
  while (Wait()) {
    try {
      RunRound();
    } catch (const std::exception& failure) {
      log::Fault("push failed", {{"reason", failure.what()}});
      next_flush_ = not_before_ = SteadyClock::now() + std::chrono::milliseconds(kMostIntervalMs);
    }
  }
}

bool PushThread::Wait() {
  MutexLock lock(mutex_);
  while (!stops_ && SteadyClock::now() < not_before_) changed_.wait_until(lock, not_before_);
  // When nothing is wanted any more there is one more round, in which that is seen and everything is
  // forgotten: a later subscriber must not be told an old state.
  while (!stops_ && !is_woken_ && !is_behind_) {
    if (!was_wanted_)
      changed_.wait(lock);
    else if (SteadyClock::now() < next_flush_)
      changed_.wait_until(lock, next_flush_);
    else
      break;
  }
  is_woken_ = false;
  return !stops_;
}

void PushThread::RunRound() {
  using Round = PushPublisher::Round;
  const Time begin = SteadyClock::now();
  const bool is_flush = begin >= next_flush_;
  const auto outcome = publisher_.Publish(is_flush ? Round::kAll : Round::kOnlyUnread);
  on_news_();
  is_behind_ = outcome.is_behind;
  was_wanted_ = outcome.is_wanted;
  const Time end = SteadyClock::now();
  not_before_ = end + kRestPerWork * (end - begin);
  const std::int64_t interval = std::clamp(outcome.flush_interval_ms, kLeastIntervalMs, kMostIntervalMs);
  if (is_flush) next_flush_ = begin + std::chrono::milliseconds(interval);
}

}  // namespace keymeter::query_api
