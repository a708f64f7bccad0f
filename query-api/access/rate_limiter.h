#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "schema/clock.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// `per_second` requests in the long run, and `burst` at once. Threads: plain value.
struct RateLimit {
  double per_second = 0;  ///< 0: no limit
  double burst = 0;

  [[nodiscard]] bool IsOff() const { return per_second <= 0; }
};

/// Limits the requests of each client by a token bucket.
///
/// Not for limits of connections: see ConnectionLimits and ConnectionLimiter.
/// Threads: any. Lifetime: borrows the clock. Bounds: O(1) per request; `max_clients` clients. When there are
/// more, the one with the oldest request is forgotten, and starts with a full bucket when it returns.
class RateLimiter {
 public:
  static constexpr std::size_t kMaxClients = 10'000;

  RateLimiter(const RateLimit& limit, const Clock& clock, std::size_t max_clients = kMaxClients)
      : limit_(limit), clock_(clock), max_clients_(max_clients) {}

  /// 0 when the client may send a request now, which is counted. Else the seconds to wait, rounded up.
  [[nodiscard]] std::int64_t Take(const std::string& client);

  [[nodiscard]] const RateLimit& limit() const { return limit_; }
  [[nodiscard]] std::size_t clients() const;

 private:
  struct Bucket {
    std::string client;
    double tokens;
    std::int64_t filled_ms;  ///< when `tokens` was computed
  };

  Bucket& BucketOf(const std::string& client, std::int64_t now_ms) REQUIRES(mutex_);

  const RateLimit limit_;
  const Clock& clock_;
  const std::size_t max_clients_;
  mutable Mutex mutex_;
  std::list<Bucket> buckets_ GUARDED_BY(mutex_);  ///< the client that asked last is first
  std::unordered_map<std::string, std::list<Bucket>::iterator> by_client_ GUARDED_BY(mutex_);
};

}  // namespace keymeter::query_api
