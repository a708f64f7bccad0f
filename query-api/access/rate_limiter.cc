#include "query-api/access/rate_limiter.h"

#include <algorithm>
#include <cmath>

#include "schema/mutex.h"

namespace keymeter::query_api {

std::int64_t RateLimiter::Take(const std::string& client) {
  if (limit_.IsOff()) return 0;
  const MutexLock lock(mutex_);
  const std::int64_t now_ms = clock_.MonotonicMs();
  Bucket& bucket = BucketOf(client, now_ms);
  const double seconds = static_cast<double>(now_ms - bucket.filled_ms) / 1000;
  bucket.tokens = std::min(limit_.burst, bucket.tokens + seconds * limit_.per_second);
  bucket.filled_ms = now_ms;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil((1 - bucket.tokens) / limit_.per_second)));
}

RateLimiter::Bucket& RateLimiter::BucketOf(const std::string& client, std::int64_t now_ms) {
  if (const auto known = by_client_.find(client); known != by_client_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, known->second);
    return buckets_.front();
  }
  if (buckets_.size() >= max_clients_) {
    by_client_.erase(buckets_.back().client);
    buckets_.pop_back();
  }
  buckets_.push_front({client, limit_.burst, now_ms});
  by_client_[client] = buckets_.begin();
  return buckets_.front();
}

std::size_t RateLimiter::clients() const {
  const MutexLock lock(mutex_);
  return buckets_.size();
}

}  // namespace keymeter::query_api
