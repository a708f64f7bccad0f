#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/certificates.h"
#include "tests/support/child_process.h"
#include "tests/support/redis_client.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// A real redis-server of the test's own, on loopback and a unix socket, with its files in a temporary
/// directory. It keeps its port for life, over stops and starts. Throws std::runtime_error when it cannot be
/// started. Threads: one.
class RedisServer {
 public:
  struct Tls {
    CertificateFiles certificate;
    std::string ca_file;  ///< of its clients' certificates
    bool demands_certificate = false;
  };
  struct Options {
    std::string password = {};
    std::vector<std::string> arguments = {};  ///< such as {"--maxmemory", "1mb"}; not --loglevel
    std::optional<Tls> tls = {};              ///< its port speaks TLS, and nothing else
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
  void SetTls(Tls tls) { options_.tls = std::move(tls); }  ///< likewise
  void Save();                                             ///< a snapshot, now
  void Pause();                                            ///< SIGSTOP: connections stay, nothing answers
  void Resume();                                           ///< SIGCONT

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const;  ///< redis[s]://[:password@]127.0.0.1:port
  [[nodiscard]] std::string SocketPath() const { return directory_.File("redis.sock"); }
  [[nodiscard]] std::string Directory() const { return directory_.path().string(); }
  [[nodiscard]] RedisClient Connect() const { return RedisClient(SocketPath(), options_.password); }

 private:
  [[nodiscard]] std::vector<std::string> CommandLine(int port) const;
  [[nodiscard]] bool TryStart(int port, Until until);

  Options options_;
  TempDir directory_;
  int port_ = 0;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace keymeter::testing
