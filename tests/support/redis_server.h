#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/redis_client.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// A real redis-server of the test's own, on loopback, with its files in a temporary directory. It keeps its
/// port for life, over stops and starts. Throws std::runtime_error when it cannot be started. Threads: one.
class RedisServer {
 public:
  struct Options {
    std::string password;
    std::vector<std::string> arguments;  ///< such as {"--maxmemory", "1mb"}; not --loglevel
  };
  enum class Data { kLost, kKept };
  enum class Until { kReady, kListening };  ///< kListening: it may still be loading its data

  RedisServer() : RedisServer(Options()) {}
  explicit RedisServer(Options options);

  void Stop(Data data = Data::kLost);  ///< orderly; kKept writes a snapshot that Start loads
  void Crash();                        ///< SIGKILL; Start loads the snapshot of the last Save, if any
  void Start(Until until = Until::kReady);
  /// For the next Start.
  void SetArguments(std::vector<std::string> arguments) { options_.arguments = std::move(arguments); }
  void Save();    ///< a snapshot, now
  void Pause();   ///< SIGSTOP: connections stay, nothing answers
  void Resume();  ///< SIGCONT

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const;  ///< redis://[:password@]127.0.0.1:port
  [[nodiscard]] std::string Directory() const { return directory_.path().string(); }
  [[nodiscard]] RedisClient Connect() const { return RedisClient(port_, options_.password); }

 private:
  [[nodiscard]] bool TryStart(int port, Until until);

  Options options_;
  TempDir directory_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace keymeter::testing
