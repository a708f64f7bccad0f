#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/wait_for.h"

struct redisContext;

namespace keymeter::testing {

/// What Redis answered.
struct RedisValue {
  enum class Kind { kNil, kString, kInteger, kArray, kError };

  Kind kind = Kind::kNil;
  std::string text;          ///< of kString (status replies too) and kError
  std::int64_t integer = 0;  ///< of kInteger
  std::vector<RedisValue> elements;

  [[nodiscard]] bool IsError() const { return kind == Kind::kError; }
  [[nodiscard]] bool IsNil() const { return kind == Kind::kNil; }
  [[nodiscard]] std::vector<std::string> Texts() const;  ///< of the elements of an array
};

using RedisCommand = std::vector<std::string>;

/// The command as Redis reads it: "*2\r\n$4\r\nPING\r\n…".
void AppendResp(std::string& out, const RedisCommand& command);

struct PipeResult {
  std::int64_t replies = 0;
  std::int64_t errors = 0;
  std::string first_error;
};

/// A synchronous connection to a Redis of a test. Throws std::runtime_error when the connection fails or a
/// reply takes longer than `timeout`; an error reply is a value. Threads: one.
class RedisClient {
 public:
  explicit RedisClient(int port, const std::string& password = "", Milliseconds timeout = kPatience);
  /// Through a unix socket.
  explicit RedisClient(const std::string& path, const std::string& password = "",
                       Milliseconds timeout = kPatience);

  RedisValue Command(const RedisCommand& command);
  /// The same, where an error reply is a mistake of the test: throws.
  RedisValue Must(const RedisCommand& command);

  [[nodiscard]] std::string Text(const RedisCommand& command) { return Must(command).text; }
  [[nodiscard]] std::int64_t Integer(const RedisCommand& command) { return Must(command).integer; }

  /// Sends commands in bulk while it reads their replies, however many: neither side waits for the other.
  PipeResult Pipe(std::string_view raw_resp);

 private:
  struct Free {
    void operator()(redisContext* context) const;
  };
  RedisClient(redisContext* context, const std::string& address, const std::string& password,
              Milliseconds timeout);

  std::unique_ptr<redisContext, Free> context_;
  Milliseconds timeout_;
};

}  // namespace keymeter::testing
