#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "processor/event_loop.h"
#include "processor/redis_target.h"
#include "schema/error.h"

struct bufferevent;

namespace keymeter::processor {

/// Appends one command in RESP: "*2\r\n$4\r\nPING\r\n…".
void AppendCommand(std::string& out, std::initializer_list<std::string_view> arguments);
void AppendCommandHeader(std::string& out, std::size_t argument_count);
void AppendArgument(std::string& out, std::string_view argument);

/// A connection, over TCP or a unix socket, that carries bytes to and from a Redis server; it knows nothing
/// of what they say.
///
/// Threads: loop thread. Lifetime: callbacks may not destroy it, but may call Close.
/// Bounds: nothing is kept of what was received; what is sent waits in libevent's buffer.
class RedisConnection {
 public:
  struct Handler {
    std::function<void()> on_connected;
    std::function<Status(std::string_view bytes)> on_bytes;  ///< an error closes the connection
    std::function<void(const Error&)> on_closed;             ///< at most once a connection
  };

  RedisConnection(const EventLoop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}
  ~RedisConnection() { Drop(); }
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// Names are looked up in the calling thread: only while disconnected, when there is nothing to miss.
  void Connect(const RedisTarget& target);
  void Send(std::string_view bytes);
  void Close(const Error& why);  ///< calls on_closed
  void Drop();                   ///< calls nothing
  [[nodiscard]] bool IsOpen() const { return stream_ != nullptr; }

 private:
  [[nodiscard]] int Dial(const RedisUrl& url);
  void OnReadable();
  void OnEvent(short what);

  const EventLoop& loop_;
  Handler handler_;
  bufferevent* stream_ = nullptr;
  bool is_connected_ = false;
};

}  // namespace keymeter::processor
