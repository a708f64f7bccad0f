#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace keymeter::query_api {

/// How many TLS handshakes are begun: each costs the loop a millisecond or more (RSA-2048: 1.5, RSA-4096: 8,
/// P-256: 0.2), whoever asks for it, and while it is made all other clients wait.
///
/// Threads: one. Bounds: the addresses of one second.
class HandshakeLimits {
 public:
  static constexpr int kPerTurn = 8;  ///< of all clients, between two ticks of the front (50 ms)
  static constexpr int kPerAddressSecond = 32;

  /// Whether a client may begin one; `address` as ConnectionLimits counts it, empty: no limit of its own.
  [[nodiscard]] bool Take(const std::string& address, std::int64_t now_ms);
  /// No more before the next turn: let clients wait in the kernel.
  [[nodiscard]] bool IsSpent() const { return taken_ >= kPerTurn; }
  void BeginTurn() { taken_ = 0; }

 private:
  int taken_ = 0;  ///< in this turn
  std::int64_t second_ = -1;
  std::unordered_map<std::string, int> by_address_;  ///< in this second
};

}  // namespace keymeter::query_api
