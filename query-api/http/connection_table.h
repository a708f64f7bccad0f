#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace keymeter::query_api {

/// What a listener grants its clients before their connections are ended. civetweb holds one thread for each
/// connection, so `workers` is both: threads and connections.
struct ConnectionLimits {
  std::size_t workers = 8;
  std::size_t per_address = 0;           ///< connections from one address at once; 0: no cap
  std::size_t held_bytes = 64U << 20U;   ///< of answers in memory that are being taken
  std::int64_t header_ms = 5000;         ///< for the whole header of a connection's first request
  std::int64_t idle_ms = 5000;           ///< from an answer until the whole header of the next request
  std::int64_t piece_ms = 15'000;        ///< for a piece of an answer (64 KiB) to be taken
  std::int64_t answer_ms = 900'000;      ///< for a whole answer to be made and taken
  std::int64_t pressed_ms = 150;         ///< in place of header_ms and idle_ms while workers are short
  std::int64_t pressed_piece_ms = 1000;  ///< in place of piece_ms then, or while answers hold too much
};

/// Why a connection is being ended.
enum class Ending {
  kNone,
  kLate,     ///< the header did not come in time
  kExcess,   ///< its address has too many
  kStalled,  ///< the answer was not taken in time
  kDropped,  ///< somebody asked for it, or the server stops
};

/// Where a connection comes from.
struct Peer {
  std::uint32_t address = 0;  ///< IPv4, as in in_addr
  std::uint16_t port = 0;
};

/// One open connection of a listener.
struct Connection {
  enum class State { kHeader, kIdle, kAnswering };
  static constexpr std::int64_t kNever = -1;

  const void* owner = nullptr;  ///< whose it is: civetweb's mg_connection
  std::optional<Peer> peer{};   ///< once it is known
  State state = State::kHeader;
  std::int64_t since_ms = 0;             ///< in this state
  std::int64_t write_since_ms = kNever;  ///< the piece that is being sent
  std::size_t held_bytes = 0;            ///< what the answer keeps in memory while it is sent
  Ending ending = Ending::kNone;
  std::int64_t order_ms = kNever;  ///< when the last order to end it was given
  bool is_counted = false;         ///< towards its address's cap
};

/// The open connections of a listener and which of them are over their time.
///
/// While fewer than an eighth of the workers are free, the oldest unfinished headers are ended early, then
/// the oldest idle connections, then the slowest readers: as many as are missing, and none before
/// `pressed_ms`. So stuck connections drain faster than they come, and cost nothing as long as there is room.
/// Threads: one at a time (see ConnectionGuard). Bounds: what civetweb has threads for; Due is linear.
class ConnectionTable {
 public:
  /// To shut a connection: for reading only, so that its client can still be told why, or wholly.
  struct Order {
    const Connection* connection;
    bool wholly;
  };

  explicit ConnectionTable(const ConnectionLimits& limits) : limits_(limits) {}

  Connection& Open(const void* owner, std::int64_t now_ms);
  /// Where it comes from. Beyond the cap of that address, unless it is exempt, its ending is kExcess from now
  /// on.
  void Name(Connection& connection, const Peer& peer, bool is_exempt);
  /// In the order in which they were opened.
  [[nodiscard]] std::vector<Connection*> Nameless() const { return nameless_; }
  void Close(Connection& connection);

  /// Its request is complete. kNone: answer it; kLate: answer it, then close, since reading has been shut;
  /// else refuse it.
  [[nodiscard]] Ending HeaderDone(Connection& connection, std::int64_t now_ms);
  void AnswerDone(Connection& connection, std::int64_t now_ms);
  void End(Connection& connection, Ending why);
  void EndAll();

  /// What is to be shut now, of those with a name. An order is repeated, wholly, when its connection is still
  /// there half a second later.
  [[nodiscard]] std::vector<Order> Due(std::int64_t now_ms);
  [[nodiscard]] bool IsPressed() const;
  [[nodiscard]] std::size_t size() const { return connections_.size(); }

 private:
  [[nodiscard]] std::size_t MissingWorkers() const;
  [[nodiscard]] Ending Overdue(const Connection& connection, std::int64_t now_ms) const;
  void RelievePressure(std::int64_t now_ms);
  void RelieveMemory(std::int64_t now_ms);

  const ConnectionLimits limits_;
  std::unordered_map<const Connection*, std::unique_ptr<Connection>> connections_;
  std::unordered_map<std::uint32_t, std::size_t> per_address_;
  std::vector<Connection*> nameless_;
};

}  // namespace keymeter::query_api
