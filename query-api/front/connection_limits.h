#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

namespace keymeter::query_api {

/// What a front grants its clients. Threads: plain value.
struct FrontLimits {
  std::size_t connections = 4096;        ///< open at once
  std::size_t per_address = 64;          ///< of them from one address; 0: no cap
  std::size_t held_bytes = 64U << 20U;   ///< of answers in memory that are being taken
  std::int64_t head_ms = 5000;           ///< for a whole head, from the accept or from its first byte
  std::int64_t idle_ms = 60'000;         ///< from an answer to the first byte of the next head
  std::int64_t inside_ms = 900'000;      ///< for an answer to be made
  std::int64_t piece_ms = 15'000;        ///< for 64 KiB of an answer to be taken
  std::int64_t answer_ms = 900'000;      ///< for a whole answer to be taken
  std::int64_t farewell_ms = 1000;       ///< for a client to close after we did
  std::int64_t pressed_ms = 500;         ///< in place of head_ms when there is no room
  std::int64_t pressed_piece_ms = 1000;  ///< in place of piece_ms while answers hold too much
};

/// What a connection waits for.
enum class Phase : std::uint8_t {
  kHead,      ///< a request
  kOverCap,   ///< a request that is refused: its address has too many connections
  kIdle,      ///< the first byte of a further request
  kInside,    ///< its answer
  kSending,   ///< its client, who takes the answer
  kFarewell,  ///< its client, who closes as we did
  kUpgraded,  ///< nothing: it is no HTTP any more
};
inline constexpr std::size_t kPhases = 7;

/// A connection as ConnectionLimits sees it.
class LimitedConnection {
 public:
  LimitedConnection(const LimitedConnection&) = delete;
  LimitedConnection& operator=(const LimitedConnection&) = delete;

  [[nodiscard]] Phase phase() const { return phase_; }

 protected:
  LimitedConnection() = default;
  ~LimitedConnection() = default;

 private:
  friend class ConnectionLimits;

  Phase phase_ = Phase::kHead;
  std::int64_t since_ms_ = 0;          ///< in this phase
  const std::string* body_ = nullptr;  ///< of its answer, in memory
  std::string address_{};              ///< that it counts for; empty: for none
  std::list<LimitedConnection*>::iterator place_{};
};

/// The open connections of a front by what they wait for, the longest waiting first; which of them are over
/// their time, and which must go when there is no room for another.
///
/// Not for sockets: whoever owns the connections ends them.
/// Threads: one. Lifetime: a connection is removed before it or its body is destroyed. Bounds: every step but
/// Overdue takes constant time; Overdue looks at those that are over their time, and at the slow ones while
/// answers hold too much.
class ConnectionLimits {
 public:
  explicit ConnectionLimits(const FrontLimits& limits) : limits_(limits) {}

  /// `address`: whose cap it counts for, as text; empty: none. In kHead, or kOverCap if the cap is reached.
  void Add(LimitedConnection& connection, std::string address, std::int64_t now_ms);
  void Remove(LimitedConnection& connection);
  /// Whether a further connection of this address would exceed its cap.
  [[nodiscard]] bool IsOverCap(const std::string& address) const;
  /// To a phase, or again to the same: its time begins anew.
  void Move(LimitedConnection& connection, Phase phase, std::int64_t now_ms);
  /// The connection's answer keeps this body in memory from now on, perhaps beside others; null: none. Each
  /// body counts once, whoever else has it: a cache may let it go at any time.
  void Hold(LimitedConnection& connection, const std::string* body);

  /// Those whose time is over; while answers hold too much, also the slowest that take them, as far as that
  /// frees memory.
  [[nodiscard]] std::vector<LimitedConnection*> Overdue(std::int64_t now_ms) const;
  [[nodiscard]] bool IsFull() const { return size_ >= limits_.connections; }
  /// Who goes first when there is no room: one that is refused or told to close; else the oldest head, if it
  /// has waited pressed_ms; else, when no head is awaited, the longest idle one. Null: nobody yet.
  [[nodiscard]] LimitedConnection* LeastWanted(std::int64_t now_ms) const;

  [[nodiscard]] const FrontLimits& granted() const { return limits_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
  [[nodiscard]] const std::list<LimitedConnection*>& In(Phase phase) const { return Queue(phase); }

 private:
  using ConnectionQueue = std::list<LimitedConnection*>;

  [[nodiscard]] ConnectionQueue& Queue(Phase phase) { return queues_.at(static_cast<std::size_t>(phase)); }
  [[nodiscard]] const ConnectionQueue& Queue(Phase phase) const {
    return queues_.at(static_cast<std::size_t>(phase));
  }
  [[nodiscard]] std::int64_t Granted(Phase phase) const;
  void AddSlowest(std::int64_t now_ms, std::vector<LimitedConnection*>& overdue) const;

  const FrontLimits limits_;
  std::array<ConnectionQueue, kPhases> queues_;  ///< by phase, since when ascending
  std::unordered_map<std::string, std::size_t> by_address_;
  std::unordered_map<const std::string*, std::size_t> holders_;  ///< of a body
  std::size_t size_ = 0;
  std::size_t held_bytes_ = 0;
};

}  // namespace keymeter::query_api
