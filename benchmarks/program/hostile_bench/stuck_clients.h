#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace keymeter {

/// Clients that never finish what they begin: each connects, sends part of a request and waits; when it is
/// cut off, it comes back at once. One thread for all of them, so that they cost the machine little.
///
/// Threads: one of its own; construction, Stop and the counters on another.
class StuckClients {
 public:
  enum class Way : std::uint8_t {
    kHalf,     ///< half a header, then silence
    kTrickle,  ///< half a header, then a byte every 100 ms
    kKept,     ///< a whole request, and half of a second one on the same connection
    kReader,   ///< a whole request for much, whose answer is not read
  };
  struct Plan {
    int port = 0;
    Way way = Way::kHalf;
    int clients = 256;
    int more_per_s = 50;       ///< further clients that come and stay
    std::string large_target;  ///< of kReader
  };

  explicit StuckClients(Plan plan);
  ~StuckClients();
  StuckClients(const StuckClients&) = delete;
  StuckClients& operator=(const StuckClients&) = delete;

  [[nodiscard]] std::int64_t connects() const { return connects_; }
  [[nodiscard]] std::int64_t clients() const { return clients_; }

 private:
  void Run();
  void Connect();
  void Trickle();
  /// True when that connection is over.
  [[nodiscard]] bool IsOver(int file) const;

  const Plan plan_;
  int poll_ = -1;
  std::unordered_map<int, bool> open_;  ///< the files, and whether their half was sent
  std::atomic<bool> stops_{false};
  std::atomic<std::int64_t> connects_{0};
  std::atomic<std::int64_t> clients_{0};
  std::thread thread_;
};

}  // namespace keymeter
