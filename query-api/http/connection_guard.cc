#include "query-api/http/connection_guard.h"

#include <chrono>
#include <unordered_map>

#include <arpa/inet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "query-api/http/socket_lookup.h"
#include "schema/mutex.h"
#include "schema/thread_name.h"

namespace keymeter::query_api {

namespace {

using std::chrono::milliseconds;

// How often the thread looks, while there are connections.
constexpr milliseconds kCalmTick(50);
constexpr milliseconds kPressedTick(10);

std::uint64_t KeyOf(const Peer& peer) {
  return (std::uint64_t{peer.address} << 16U) | peer.port;
}

}  // namespace

ConnectionGuard::ConnectionGuard(const ConnectionLimits& limits, const Clock& clock, PeerFunction peer_of,
                                 ExemptFunction is_exempt)
    : clock_(clock),
      peer_of_(std::move(peer_of)),
      is_exempt_(std::move(is_exempt)),
      table_(limits),
      thread_([this] { Run(); }) {}

ConnectionGuard::~ConnectionGuard() {
  {
    const MutexLock lock(mutex_);
    stops_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ConnectionGuard::Watch(const ListenAddress& address) {
  const MutexLock lock(mutex_);
  address_ = address;
}

Connection& ConnectionGuard::Open(const void* owner) {
  const MutexLock lock(mutex_);
  Connection& connection = table_.Open(owner, clock_.MonotonicMs());
  if (sleeps_) changed_.notify_one();
  return connection;
}

void ConnectionGuard::Close(Connection& connection) {
  const MutexLock lock(mutex_);
  table_.Close(connection);
}

Ending ConnectionGuard::HeaderDone(Connection& connection) {
  const MutexLock lock(mutex_);
  if (!connection.peer) NameConnections();  // also those before it: they were first
  return table_.HeaderDone(connection, clock_.MonotonicMs());
}

void ConnectionGuard::AnswerDone(Connection& connection) {
  const MutexLock lock(mutex_);
  table_.AnswerDone(connection, clock_.MonotonicMs());
}

void ConnectionGuard::Hold(Connection& connection, std::size_t bytes) {
  const MutexLock lock(mutex_);
  connection.held_bytes = bytes;
}

void ConnectionGuard::BeginWrite(Connection& connection) {
  const MutexLock lock(mutex_);
  connection.write_since_ms = clock_.MonotonicMs();
}

void ConnectionGuard::EndWrite(Connection& connection) {
  const MutexLock lock(mutex_);
  connection.write_since_ms = Connection::kNever;
}

void ConnectionGuard::End(Connection& connection) {
  const MutexLock lock(mutex_);
  table_.End(connection, Ending::kDropped);
  is_hurried_ = true;
  changed_.notify_one();
}

void ConnectionGuard::EndAll() {
  const MutexLock lock(mutex_);
  table_.EndAll();
  is_hurried_ = true;
  changed_.notify_one();
}

std::size_t ConnectionGuard::UnreadBytes(const Connection& connection) const {
  ListenAddress at;
  {
    const MutexLock lock(mutex_);
    at = address_;
  }
  int bytes = 0;
  ForEachAccepted(at, [&](const AcceptedSocket& socket) {
    if (connection.peer && KeyOf(socket.peer) == KeyOf(*connection.peer))
      (void)::ioctl(socket.file, FIONREAD, &bytes);
  });
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

std::size_t ConnectionGuard::connections() const {
  const MutexLock lock(mutex_);
  return table_.size();
}

void ConnectionGuard::Run() {
  NameThread("km-connections");
  MutexLock lock(mutex_);
  while (!stops_) {
    sleeps_ = table_.size() == 0;
    while (!stops_ && table_.size() == 0) changed_.wait(lock);
    sleeps_ = false;
    const auto next_look = std::chrono::steady_clock::now() + (table_.IsPressed() ? kPressedTick : kCalmTick);
    while (!stops_ && !is_hurried_)
      if (changed_.wait_until(lock, next_look) == std::cv_status::timeout) break;
    is_hurried_ = false;
    NameConnections();
    Shut(table_.Due(clock_.MonotonicMs()));
  }
}

void ConnectionGuard::NameConnections() {
  for (Connection* connection : table_.Nameless())
    if (const auto peer = peer_of_(connection->owner))
      table_.Name(*connection, *peer, is_exempt_ && is_exempt_(*peer));
}

void ConnectionGuard::Shut(const std::vector<ConnectionTable::Order>& orders) const {
  if (orders.empty()) return;
  struct Match {
    std::size_t orders = 0;
    bool wholly = false;
    std::vector<int> files{};
  };
  std::unordered_map<std::uint64_t, Match> matches;
  for (const auto& [connection, wholly] : orders) {
    Match& match = matches[KeyOf(*connection->peer)];
    ++match.orders;
    match.wholly = match.wholly || wholly;
  }
  ForEachAccepted(address_, [&](const AcceptedSocket& socket) {
    const auto match = matches.find(KeyOf(socket.peer));
    if (match != matches.end()) match->second.files.push_back(socket.file);
  });
  for (const auto& [key, match] : matches) {
    // On 0.0.0.0 one client port may have connections to two of our addresses. Which of them is meant cannot
    // be told, so none is ended by mistake.
    if (match.files.size() > match.orders) continue;
    for (const int file : match.files) ::shutdown(file, match.wholly ? SHUT_RDWR : SHUT_RD);
  }
}

}  // namespace keymeter::query_api
