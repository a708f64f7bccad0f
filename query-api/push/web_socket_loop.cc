#include "query-api/push/web_socket_loop.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "schema/log.h"
#include "schema/mutex.h"
#include "schema/thread_name.h"

namespace keymeter::query_api {

namespace {

constexpr int kLookMs = 250;                ///< longest wait, so that time limits are noticed
constexpr std::size_t kReadBytes = 16'384;  ///< read from one connection per turn
constexpr int kFramesPerTurn = 64;          ///< written to one connection per turn
constexpr int kKernelBytes = 65'536;  ///< small, so that a slow client is noticed early and costs little

/// From now on its calls do not block, and the kernel buffers little.
void Prepare(const FileDescriptor& socket) {
  const int flags = ::fcntl(socket.number(), F_GETFL);
  ::fcntl(socket.number(), F_SETFL, flags | O_NONBLOCK);
  for (const int option : {SO_SNDBUF, SO_RCVBUF})
    ::setsockopt(socket.number(), SOL_SOCKET, option, &kKernelBytes, sizeof kKernelBytes);
}

}  // namespace

struct WebSocketLoop::Connection {
  Connection(NewConnection&& fresh, PushHub& hub, std::int64_t now_ms)
      : socket(std::move(fresh.socket)),
        attachment(std::move(fresh.attachment)),
        may_stay(std::move(fresh.may_stay)),
        reviewed_ms(now_ms),
        session(hub, fresh.role, now_ms) {}

  FileDescriptor socket;
  Attachment attachment;
  std::function<bool()> may_stay;
  std::int64_t reviewed_ms;
  WebSocketSession session;
  std::uint64_t counted = 0;  ///< messages of the session that are in WebSocketCounts
  bool is_read_out = false;   ///< the client has closed its sending side
  bool is_lost = false;
  bool is_readable = false;
};

Result<std::unique_ptr<WebSocketLoop>> WebSocketLoop::Start(PushHub& hub, const Clock& clock,
                                                            WebSocketCounts& counts) {
  FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.IsOpen()) return Fail(ErrorCode::kUnavailable, "eventfd: {}", std::strerror(errno));
  return std::unique_ptr<WebSocketLoop>(new WebSocketLoop(hub, clock, counts, std::move(wake)));
}

WebSocketLoop::WebSocketLoop(PushHub& hub, const Clock& clock, WebSocketCounts& counts, FileDescriptor wake)
    : hub_(hub), clock_(clock), counts_(counts), wake_(std::move(wake)), thread_([this] { Run(); }) {}

WebSocketLoop::~WebSocketLoop() {
  Stop();
}

void WebSocketLoop::Add(NewConnection fresh) {
  {
    const MutexLock lock(mutex_);
    if (stops_) return;
    pending_.push_back(std::move(fresh));
  }
  Wake();
}

void WebSocketLoop::Wake() {
  ::eventfd_write(wake_.number(), 1);
}

void WebSocketLoop::Stop() {
  {
    const MutexLock lock(mutex_);
    stops_ = true;
  }
  Wake();
  if (thread_.joinable()) thread_.join();
}

void WebSocketLoop::Run() {
  NameThread("km-websockets");
  while (!IsStopping()) {
    try {
      Turn(connections_.empty() ? -1 : kLookMs);
    } catch (const std::exception& failure) {  // out of memory: closing the connections frees some
      log::Fault("websockets failed", {{"reason", failure.what()}});
      connections_.clear();
    }
  }
  try {
    CloseAll();
  } catch (const std::exception& failure) {
    log::Fault("websockets failed", {{"reason", failure.what()}});
  }
  connections_.clear();
}

bool WebSocketLoop::IsStopping() {
  const MutexLock lock(mutex_);
  return stops_;
}

void WebSocketLoop::Turn(int most_ms) {
  Poll(most_ms);
  AddPending();
  for (const auto& connection : connections_) Serve(*connection);
  RemoveEnded();
}

void WebSocketLoop::CloseAll() {
  using SteadyClock = std::chrono::steady_clock;
  AddPending();
  for (const auto& connection : connections_)
    connection->session.Close(CloseCode::kGoingAway, "keymeter stops", SessionEnd::kByServer,
                              clock_.MonotonicMs());
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(kCloseAllMs);
  for (int rest_ms = 0; !connections_.empty();) {
    Turn(rest_ms);
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    rest_ms = static_cast<int>(rest.count());
    if (rest_ms <= 0) return;
  }
}

void WebSocketLoop::AddPending() {
  std::vector<NewConnection> pending;
  {
    const MutexLock lock(mutex_);
    pending.swap(pending_);
  }
  for (NewConnection& fresh : pending) {
    Prepare(fresh.socket);
    connections_.push_back(std::make_unique<Connection>(std::move(fresh), hub_, clock_.MonotonicMs()));
    ++counts_.opened;
  }
}

void WebSocketLoop::Serve(Connection& connection) {
  const std::int64_t now_ms = clock_.MonotonicMs();
  if (std::exchange(connection.is_readable, false)) Read(connection);
  if (connection.may_stay && now_ms - connection.reviewed_ms >= kReviewMs) {
    connection.reviewed_ms = now_ms;
    if (!connection.may_stay())
      connection.session.Close(CloseCode::kPolicy, "the credentials are not valid any more",
                               SessionEnd::kRefused, now_ms);
  }
  connection.session.Tick(now_ms);
  Write(connection);
}

void WebSocketLoop::Read(Connection& connection) {
  std::array<char, kReadBytes> buffer;
  const ssize_t count = ::recv(connection.socket.number(), buffer.data(), buffer.size(), 0);
  if (count > 0) {
    connection.session.Receive({buffer.data(), static_cast<std::size_t>(count)}, clock_.MonotonicMs());
  } else if (count == 0) {
    connection.session.ReceiveEnd();
    connection.is_read_out = true;
  } else if (errno != EAGAIN && errno != EINTR) {
    connection.is_lost = true;
  }
}

void WebSocketLoop::Write(Connection& connection) {
  WebSocketSession& session = connection.session;
  for (int i = 0; i < kFramesPerTurn; ++i) {
    const std::string_view unsent = session.Unsent(clock_.MonotonicMs());
    if (unsent.empty()) break;
    const ssize_t count =
        ::send(connection.socket.number(), unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
      connection.is_lost = errno != EAGAIN && errno != EINTR;
      break;
    }
    session.Sent(static_cast<std::size_t>(count));
  }
  if (session.HasSentAll()) ::shutdown(connection.socket.number(), SHUT_WR);
  counts_.messages += session.messages_sent() - std::exchange(connection.counted, session.messages_sent());
}

void WebSocketLoop::Poll(int most_ms) {
  std::vector<pollfd> files{{wake_.number(), POLLIN, 0}};
  for (const auto& connection : connections_) {
    const bool has_more = !connection->session.Unsent(clock_.MonotonicMs()).empty();
    const int events = (connection->is_read_out ? 0 : POLLIN) | (has_more ? POLLOUT : 0);
    files.push_back({connection->socket.number(), static_cast<short>(events), 0});
  }
  if (::poll(files.data(), files.size(), most_ms) <= 0) return;
  eventfd_t count = 0;
  if (files.front().revents != 0) ::eventfd_read(wake_.number(), &count);
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const short found = files[i + 1].revents;
    connections_[i]->is_readable = (found & POLLIN) != 0;
    if ((found & (POLLERR | POLLHUP | POLLNVAL)) != 0 && !connections_[i]->is_readable)
      connections_[i]->is_lost = true;
  }
}

void WebSocketLoop::RemoveEnded() {
  std::erase_if(connections_, [this](const auto& connection) {
    const WebSocketSession& session = connection->session;
    if (!session.IsOver() && !connection->is_lost) return false;
    ++counts_.ended.at(static_cast<std::size_t>(session.end()));
    return true;
  });
}

}  // namespace keymeter::query_api
