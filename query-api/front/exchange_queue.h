#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "query-api/front/answer.h"

namespace keymeter::query_api {

/// Requests that wait for their turn, first come first served. Those whose client has gone are passed over.
///
/// Threads: one, or under a lock. Bounds: twice as many as have a client, and kFewest.
/// Tested by tests/query-api/front/exchange_queue_test.cc.
class ExchangeQueue {
 public:
  static constexpr std::size_t kFewest = 64;

  void Push(std::shared_ptr<Exchange> exchange, std::int64_t now_ms = 0) {
    if (waiting_.size() >= prune_at_) {
      std::erase_if(waiting_, [](const Waiting& waiting) { return waiting.exchange->IsAbandoned(); });
      prune_at_ = std::max(kFewest, 2 * waiting_.size());
    }
    waiting_.push_back({std::move(exchange), now_ms});
  }
  /// Null: nobody waits.
  std::shared_ptr<Exchange> Pop() {
    DropAbandoned();
    return waiting_.empty() ? nullptr : Take();
  }
  /// The first, if it has waited since then or longer; null otherwise.
  std::shared_ptr<Exchange> PopSince(std::int64_t since_ms) {
    DropAbandoned();
    return waiting_.empty() || waiting_.front().since_ms > since_ms ? nullptr : Take();
  }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::shared_ptr<Exchange> exchange;
    std::int64_t since_ms;
  };

  std::shared_ptr<Exchange> Take() {
    auto first = std::move(waiting_.front().exchange);
    waiting_.pop_front();
    return first;
  }
  void DropAbandoned() {
    while (!waiting_.empty() && waiting_.front().exchange->IsAbandoned()) waiting_.pop_front();
  }

  std::deque<Waiting> waiting_;
  std::size_t prune_at_ = kFewest;
};

}  // namespace keymeter::query_api
