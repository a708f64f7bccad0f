#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/redis/address_lookup.h"
#include "processor/redis/command_client.h"
#include "processor/redis/redis_target.h"
#include "schema/clock.h"
#include "schema/error.h"
#include "schema/event_loop.h"
#include "schema/metrics.h"

namespace keymeter::check {

/// A copy of a reply of Redis.
struct RedisReply {
  enum class Kind : std::uint8_t { kNil, kText, kInteger, kArray, kError };

  Kind kind = Kind::kNil;
  std::string text;  ///< of kText and kError
  std::int64_t integer = 0;
  std::vector<RedisReply> elements;

  [[nodiscard]] bool IsError() const { return kind == Kind::kError; }
};

/// Commands that go out together. Threads: plain value.
class Questions {
 public:
  void Add(std::initializer_list<std::string_view> arguments);
  void AddHmget(std::string_view key, const std::vector<std::pair<Metric, std::string>>& fields);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::string bytes_;
  std::size_t count_ = 0;
};

/// Runs the loop until the condition holds or `limit_ms` is over. True: the condition holds.
bool RunLoop(const EventLoop& loop, std::int64_t limit_ms, const std::function<bool()>& until);

/// Asks a Redis one question after the other.
///
/// Not for metering: each question runs the loop until it is answered. After an error every further question
/// fails with the same error. Threads: loop thread only. Lifetime: borrows loop, clock and target. Bounds:
/// the target's time limits for each step, and `deadline_ms` of the monotonic clock for all. Tested by
/// tests/integration/check_test.cc.
class RedisDialogue {
 public:
  RedisDialogue(const EventLoop& loop, const Clock& clock, const processor::RedisTarget& target,
                std::int64_t deadline_ms);

  /// Resolves the host, connects, authenticates and selects the database.
  [[nodiscard]] Status Connect();
  [[nodiscard]] Result<RedisReply> Ask(std::initializer_list<std::string_view> arguments);
  [[nodiscard]] Result<std::vector<RedisReply>> AskAll(const Questions& questions);

  [[nodiscard]] const processor::SocketAddress& peer() const { return commands_.peer(); }
  [[nodiscard]] std::int64_t RemainingMs() const;

 private:
  [[nodiscard]] Status Await(std::int64_t limit_ms, const std::function<bool()>& until);
  void Greet();
  [[nodiscard]] Status JudgeGreeting() const;

  const EventLoop& loop_;
  const Clock& clock_;
  const processor::RedisTarget& target_;
  const std::int64_t deadline_ms_;
  Questions greeting_;
  std::vector<RedisReply> greeted_;  ///< the replies to `greeting_`
  std::optional<Error> error_;
  processor::AddressLookup lookup_;
  processor::CommandClient commands_;
};

}  // namespace keymeter::check
