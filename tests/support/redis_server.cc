#include "tests/support/redis_server.h"

#include <csignal>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

// Below the ports that the kernel gives to outgoing connections, so that a stopped server finds its own free.
constexpr int kLowestPort = 20000;
constexpr int kHighestPort = 32000;
constexpr int kPortsToTry = 50;

}  // namespace

RedisServer::RedisServer(Options options) : options_(std::move(options)) {
  std::random_device random;
  std::uniform_int_distribution<int> ports(kLowestPort, kHighestPort);
  for (int i = 0; i < kPortsToTry; ++i) {
    port_ = ports(random);
    if (TryStart(port_, Until::kReady)) return;
  }
  throw std::runtime_error("redis-server found no port:\n" + process_->StandardOutput());
}

std::vector<std::string> RedisServer::CommandLine(int port) const {
  // clang-format off
  std::vector<std::string> argv = {
      "redis-server", "--port", options_.tls ? "0" : std::to_string(port), "--bind", "127.0.0.1",
      "--unixsocket", SocketPath(), "--save", "", "--appendonly", "no", "--dir", Directory(),
      "--daemonize", "no", "--enable-debug-command", "local"};
  if (options_.tls)
    argv.insert(argv.end(), {
      "--tls-port", std::to_string(port), "--tls-cert-file", options_.tls->certificate.certificate,
      "--tls-key-file", options_.tls->certificate.key, "--tls-ca-cert-file", options_.tls->ca_file,
      "--tls-auth-clients", options_.tls->demands_certificate ? "yes" : "no"});
  // clang-format on
  if (!options_.password.empty()) argv.insert(argv.end(), {"--requirepass", options_.password});
  argv.insert(argv.end(), options_.arguments.begin(), options_.arguments.end());
  return argv;
}

/// The server itself binds the port or ends: no moment between looking and taking.
bool RedisServer::TryStart(int port, Until until) {
  process_ = std::make_unique<ChildProcess>(CommandLine(port));
  const char* line = until == Until::kReady ? "Ready to accept connections" : "Server initialized";
  if (process_->WaitForLine(line)) return true;
  const std::string output = process_->StandardOutput() + process_->StandardError();
  if (output.find("Address already in use") == std::string::npos)
    throw std::runtime_error("redis-server does not start:\n" + output);
  return false;
}

void RedisServer::Start(Until until) {
  if (!WaitFor([&] { return TryStart(port_, until); }))
    throw std::runtime_error(fmt::format("port {} was taken meanwhile", port_));
}

void RedisServer::Stop(Data data) {
  if (data == Data::kKept) Save();
  process_->Signal(SIGTERM);
  if (!process_->Wait()) throw std::runtime_error("redis-server does not stop");
  if (data == Data::kLost) std::filesystem::remove(directory_.path() / "dump.rdb");
}

void RedisServer::Crash() {
  process_->Kill();
}

void RedisServer::Save() {
  (void)Connect().Must({"SAVE"});
}

void RedisServer::Pause() {
  process_->Signal(SIGSTOP);
}

void RedisServer::Resume() {
  process_->Signal(SIGCONT);
}

std::string RedisServer::url() const {
  const std::string user = options_.password.empty() ? "" : fmt::format(":{}@", options_.password);
  return fmt::format("{}://{}127.0.0.1:{}", options_.tls ? "rediss" : "redis", user, port_);
}

}  // namespace keymeter::testing
