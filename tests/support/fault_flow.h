#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace keymeter::testing {

/// What is done to the bytes of one direction; nothing by default.
struct FlowFault {
  bool is_stalled = false;     ///< no byte is read: the sender's buffers fill up
  std::int64_t delay_ms = 0;   ///< how much later each byte arrives
  std::size_t drip_bytes = 0;  ///< above 0: at most this many bytes each millisecond
};

/// One direction of a proxied connection: reads from one socket and writes to the other, late or in small
/// pieces if a fault says so. Threads: one. Lifetime: borrows both sockets.
class FaultFlow {
 public:
  FaultFlow() = default;
  FaultFlow(int from, int to) : from_(from), to_(to) {}

  [[nodiscard]] int from() const { return from_; }
  [[nodiscard]] int to() const { return to_; }

  /// Reads what has arrived, unless stalled, and returns it for inspection. Nothing at the stream's end.
  std::optional<std::string_view> Read(const FlowFault& fault, std::int64_t now_ms);
  /// Writes what is due; false when the other side is closed.
  [[nodiscard]] bool Write(const FlowFault& fault, std::int64_t now_ms);
  void Inject(std::string_view bytes, std::int64_t now_ms) { Hold(bytes, now_ms); }
  void Forget();

  [[nodiscard]] bool WantsToRead(const FlowFault& fault) const;
  [[nodiscard]] bool WantsToWrite(std::int64_t now_ms) const;
  /// When the next bytes are due; nothing when none are held.
  [[nodiscard]] std::optional<std::int64_t> DueMs() const;

 private:
  struct Chunk {
    std::int64_t due_ms;
    std::string bytes;
  };
  void Hold(std::string_view bytes, std::int64_t due_ms);

  int from_ = -1;
  int to_ = -1;
  std::deque<Chunk> held_;
  std::size_t held_bytes_ = 0;
  std::int64_t next_drop_ms_ = 0;
  char buffer_[16384];
};

}  // namespace keymeter::testing
