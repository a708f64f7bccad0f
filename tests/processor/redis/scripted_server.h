#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keymeter::testing {

/// A server of one connection that says what a test tells it to, on a port of its own. Never a Redis: for
/// what no Redis says. Threads: the test's. Bounds: a wait of kPatience.
class ScriptedServer {
 public:
  ScriptedServer();
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  /// Takes the connection that waits, if there is one and none was taken yet; then what it has sent by now.
  /// Never blocks.
  const std::string& Heard();
  /// The arguments of all PINGs so far, in their order.
  [[nodiscard]] std::vector<std::string> Nonces();
  void Say(std::string_view bytes);
  void Close();

 private:
  int listener_ = -1;
  int client_ = -1;
  int port_ = 0;
  std::string heard_;
};

/// "$5\r\nhello\r\n"
[[nodiscard]] std::string BulkText(std::string_view text);

}  // namespace keymeter::testing
