#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "query-api/http/http_types.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// What an inner worker leaves for the front instead of sending it: no thread waits for a client. One of them
/// is set.
struct HandedOver {
  std::shared_ptr<const std::string> shared_body{};
  std::shared_ptr<FileBody> file{};
  StartSession start_session{};
};

/// The front's own connections to the inner server, by their port, and what is left on them.
///
/// The inner server answers only whom this knows, so bytes of anybody else who finds its port are worth
/// nothing, whatever they make of its buffers.
/// Threads: any. Bounds: one entry a connection of the front.
class Handover {
 public:
  /// Which connection of a port it is: ports are used again.
  using Connection = std::uint64_t;

  /// Before the connection's first byte.
  void Open(std::uint16_t port);
  /// Before its socket is closed: afterwards the port may be another's.
  void Close(std::uint16_t port);
  [[nodiscard]] std::optional<Connection> Find(std::uint16_t port) const;

  /// False when the front has closed the connection meanwhile: what was left is released.
  bool Leave(std::uint16_t port, Connection connection, HandedOver left);
  [[nodiscard]] std::optional<HandedOver> Take(std::uint16_t port);

 private:
  struct Entry {
    Connection connection;
    std::optional<HandedOver> left{};
  };

  mutable Mutex mutex_;
  Connection opened_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::uint16_t, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace keymeter::query_api
