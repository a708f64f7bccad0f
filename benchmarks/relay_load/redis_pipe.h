#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "benchmarks/relay_load/redis_url.h"
#include "schema/error.h"

struct redisContext;
struct redisReader;

namespace keymeter::relay_load {

/// Writes RESP and counts the replies, many commands in flight; the first error reply ends it.
///
/// Not for reading data: replies are only looked at for errors. Threads: one owner. Lifetime: RAII over
/// hiredis. Bounds: Send() returns with at most `max_in_flight` commands unanswered.
class RedisPipe {
 public:
  static Result<RedisPipe> Open(const RedisUrl& url);

  RedisPipe(RedisPipe&&) noexcept;
  RedisPipe& operator=(RedisPipe&&) = delete;
  ~RedisPipe();

  /// Refuses a database that holds what this program did not write: it must be empty or carry our marker key,
  /// which is then set. With `force` anything goes, and a foreign database gets no marker.
  Status Claim(bool force);

  /// Writes `commands` commands; reads replies meanwhile, so that neither side can stall.
  Status Send(std::string_view bytes, std::size_t commands, std::size_t max_in_flight);
  /// Waits for all replies.
  Status Drain();

  [[nodiscard]] std::uint64_t Replies() const;

 private:
  struct State;
  explicit RedisPipe(std::unique_ptr<State> state);
  Status WaitAndTransfer(std::string_view& unsent);
  Status ReadReplies();

  std::unique_ptr<State> state_;
};

}  // namespace keymeter::relay_load
