#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace keymeter::testing {

/// What is done to the bytes of one direction; nothing by default.
struct FlowFault {
  bool is_stalled = false;     ///< no byte is read: the sender's buffers fill up
  std::int64_t delay_ms = 0;   ///< how much later each byte arrives
  std::size_t drip_bytes = 0;  ///< above 0: at most this many bytes each millisecond
};

/// What is done to one whole value (a reply, a command) among the others of a direction: everything stays
/// well formed, but no longer in step.
struct Disorder {
  enum class Kind : std::uint8_t {
    kStray,    ///< `bytes` come before the next value
    kLike,     ///< a value of the next one's shape, with other numbers, comes before it
    kDoubled,  ///< the next value comes twice
    kDropped,  ///< it does not come
  };
  Kind kind = Kind::kStray;
  std::string bytes = {};
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
  /// Of the next value that comes whole.
  void Disturb(Disorder disorder) { disorder_ = std::move(disorder); }

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
  [[nodiscard]] std::string Followed(std::string_view bytes);

  int from_ = -1;
  int to_ = -1;
  std::deque<Chunk> held_;
  std::size_t held_bytes_ = 0;
  std::int64_t next_drop_ms_ = 0;
  std::string begun_;  ///< what has been passed on of the value that is not whole yet
  std::optional<Disorder> disorder_;
  char buffer_[16384];
};

}  // namespace keymeter::testing
