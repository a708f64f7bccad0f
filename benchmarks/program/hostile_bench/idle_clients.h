#pragma once

#include <cstddef>
#include <vector>

namespace keymeter {

/// Clients that asked for one key, got their answer, keep their connection and say nothing more.
///
/// Threads: one. Lifetime: the destructor closes all connections. Bounds: a file for each.
class IdleClients {
 public:
  /// Connects them to a port of loopback one after the other, until all are there or several in a row were
  /// refused.
  IdleClients(int port, std::size_t count);
  ~IdleClients();
  IdleClients(const IdleClients&) = delete;
  IdleClients& operator=(const IdleClients&) = delete;

  /// How many connections the server still keeps.
  [[nodiscard]] std::size_t open() const;

 private:
  std::vector<int> files_;
};

}  // namespace keymeter
