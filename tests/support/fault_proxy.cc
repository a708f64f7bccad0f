#include "tests/support/fault_proxy.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace keymeter::testing {

namespace {

constexpr int kBacklog = 64;

std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

[[noreturn]] void Throw(const char* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

/// Connecting on loopback takes no time: the kernel says yes or no at once.
int ConnectTo(int port) {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  if (::connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return file;
  ::close(file);
  return -1;
}

void SendAtOnce(int file) {
  const int yes = 1;
  ::setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

void CloseSocket(int file, FaultProxy::Cut how) {
  // Closing without lingering is what sends a reset.
  const linger at_once = {1, 0};
  if (how == FaultProxy::Cut::kReset) ::setsockopt(file, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(file);
}

}  // namespace

struct FaultProxy::Waiting {
  std::vector<pollfd> files;
  int timeout_ms = -1;
};

FaultProxy::FaultProxy(int server_port) : server_port_(server_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0) Throw("bind");
  if (::listen(listener_, kBacklog) != 0) Throw("listen");
  if (::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) Throw("getsockname");
  port_ = ntohs(address.sin_port);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) Throw("pipe");
  wake_read_ = ends[0];
  wake_write_ = ends[1];
  thread_ = std::thread([this] { Run(); });
}

FaultProxy::~FaultProxy() {
  is_stopping_ = true;
  Wake();
  thread_.join();
  CutNow(Who::kBoth, Cut::kReset);
  for (const int file : {listener_, wake_read_, wake_write_}) ::close(file);
}

void FaultProxy::CutNow(Who who, Cut how) {
  const MutexLock lock(mutex_);
  std::erase_if(connections_, [&](const Connection& connection) {
    if (!Concerns(who, connection)) return false;
    CloseSocket(connection.to_server.from(), how);
    CloseSocket(connection.to_server.to(), how);
    return true;
  });
  Wake();
}

void FaultProxy::LoseNow(Who who) {
  const MutexLock lock(mutex_);
  for (Connection& connection : connections_)
    if (Concerns(who, connection)) connection.is_lost = true;
  Wake();
}

void FaultProxy::Inject(Who who, Way way, std::string_view bytes) {
  const MutexLock lock(mutex_);
  for (Connection& connection : connections_) {
    if (!Concerns(who, connection)) continue;
    if (way != Way::kToClient) connection.to_server.Inject(bytes, NowMs());
    if (way != Way::kToServer) connection.to_client.Inject(bytes, NowMs());
  }
  Wake();
}

void FaultProxy::Disturb(Who who, Way way, const Disorder& disorder) {
  const MutexLock lock(mutex_);
  for (Connection& connection : connections_) {
    if (!Concerns(who, connection)) continue;
    if (way != Way::kToClient) connection.to_server.Disturb(disorder);
    if (way != Way::kToServer) connection.to_client.Disturb(disorder);
  }
}

void FaultProxy::Slow(Who who, Way way, const FlowFault& fault) {
  const MutexLock lock(mutex_);
  rules_.push_back({who, way, fault});
  Wake();
}

void FaultProxy::RefuseNew() {
  const MutexLock lock(mutex_);
  refuses_new_ = true;
}

void FaultProxy::Heal() {
  const MutexLock lock(mutex_);
  rules_.clear();
  refuses_new_ = false;
  Wake();
}

int FaultProxy::connections() {
  const MutexLock lock(mutex_);
  return static_cast<int>(connections_.size());
}

void FaultProxy::Run() {
  while (!is_stopping_) {
    Waiting waiting = MoveAll();
    ::poll(waiting.files.data(), waiting.files.size(), waiting.timeout_ms);
    char buffer[64];
    while (::read(wake_read_, buffer, sizeof buffer) > 0) {
    }
  }
}

FaultProxy::Waiting FaultProxy::MoveAll() {
  const MutexLock lock(mutex_);
  Accept();
  const std::int64_t now_ms = NowMs();
  Waiting waiting;
  waiting.files = {{wake_read_, POLLIN, 0}, {listener_, POLLIN, 0}};
  for (auto at = connections_.begin(); at != connections_.end();) {
    Connection& connection = *at;
    if (!(connection.is_lost ? Drain(connection) : Move(connection, now_ms))) {
      CloseSocket(connection.to_server.from(), Cut::kFin);
      CloseSocket(connection.to_server.to(), Cut::kFin);
      at = connections_.erase(at);
      continue;
    }
    ++at;
    AwaitFlow(connection.to_server, FaultOf(connection, Way::kToServer), now_ms, waiting);
    if (!connection.is_lost)
      AwaitFlow(connection.to_client, FaultOf(connection, Way::kToClient), now_ms, waiting);
  }
  return waiting;
}

void FaultProxy::Accept() {
  while (true) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    ++accepted_;
    const int server = refuses_new_ ? -1 : ConnectTo(server_port_);
    if (server < 0) {
      CloseSocket(client, Cut::kReset);
      continue;
    }
    SendAtOnce(client);
    SendAtOnce(server);
    connections_.push_back({FaultFlow(client, server), FaultFlow(server, client)});
  }
}

bool FaultProxy::Move(Connection& connection, std::int64_t now_ms) {
  const auto asked = connection.to_server.Read(FaultOf(connection, Way::kToServer), now_ms);
  const auto answered = connection.to_client.Read(FaultOf(connection, Way::kToClient), now_ms);
  if (asked && asked->find("SUBSCRIBE") != std::string_view::npos) connection.is_subscription = true;
  const bool is_taken = connection.to_server.Write(FaultOf(connection, Way::kToServer), now_ms) &&
                        connection.to_client.Write(FaultOf(connection, Way::kToClient), now_ms);
  return asked && answered && is_taken;
}

/// What the client says vanishes; that it leaves is noticed, so that nothing piles up here.
bool FaultProxy::Drain(Connection& connection) {
  const auto asked = connection.to_server.Read({}, 0);
  connection.to_server.Forget();
  connection.to_client.Forget();
  return asked.has_value();
}

void FaultProxy::AwaitFlow(const FaultFlow& flow, const FlowFault& fault, std::int64_t now_ms,
                           Waiting& waiting) const {
  if (flow.WantsToRead(fault)) waiting.files.push_back({flow.from(), POLLIN, 0});
  const auto due_ms = flow.DueMs();
  if (!due_ms) return;
  if (*due_ms <= now_ms) {
    waiting.files.push_back({flow.to(), POLLOUT, 0});
  } else {
    const int wait_ms = static_cast<int>(*due_ms - now_ms);
    waiting.timeout_ms = waiting.timeout_ms < 0 ? wait_ms : std::min(waiting.timeout_ms, wait_ms);
  }
}

void FaultProxy::Wake() const {
  const char byte = 0;
  [[maybe_unused]] const auto written = ::write(wake_write_, &byte, 1);
}

FlowFault FaultProxy::FaultOf(const Connection& connection, Way way) const {
  FlowFault fault;
  for (const Rule& rule : rules_)
    if (Concerns(rule.who, connection) && (rule.way == Way::kBoth || rule.way == way)) fault = rule.fault;
  return fault;
}

bool FaultProxy::Concerns(Who who, const Connection& connection) {
  return who == Who::kBoth || (who == Who::kSubscription) == connection.is_subscription;
}

}  // namespace keymeter::testing
