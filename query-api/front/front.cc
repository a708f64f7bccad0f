#include "query-api/front/front.h"

#include <algorithm>
#include <utility>

#include <event2/bufferevent_ssl.h>

#include "query-api/front/free_memory.h"
#include "schema/thread_name.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kTickMs = 50;
constexpr int kTicksOfSessions = 5;    ///< sessions look at their times four times a second
constexpr std::size_t kCrowd = 1000;   ///< memory is given back after so many connections have gone
constexpr std::int64_t kStopMs = 500;  ///< for answers and sessions to end by themselves

}  // namespace

Front::Front(const FrontOptions& options, const Clock& clock, FrontCounts& counts)
    : options_(options),
      clock_(clock),
      counts_(counts),
      limits_(options.limits),
      tick_(loop_, [this] { Tick(); }),
      last_moment_(loop_, [this] { loop_.Stop(); }),
      sessions_wake_(loop_, [this] { PumpSessions(); }),
      ended_wake_(loop_, [this] { DestroyEnded(); }),
      stop_wake_(loop_, [this] { BeginStop(); }),
      certificate_wake_(loop_, [this] { TakeNewCertificate(); }) {}

Result<std::unique_ptr<Front>> Front::Start(const FrontOptions& options, const Clock& clock,
                                            FrontCounts& counts, const MakeBackend& make_backend) {
  std::unique_ptr<Front> front(new Front(options, clock, counts));
  if (options.tls) {
    ASSIGN_OR_RETURN(auto tls, TlsContext::Load(*options.tls));
    front->tls_ = std::move(tls);
  }
  RETURN_IF_ERROR(front->Listen());
  front->backend_ = make_backend(front->loop_);
  front->context_.emplace(ConnectionContext{front->limits_, *front->backend_, clock, front->stops_,
                                            front->options_.frame_refusal,
                                            [f = front.get()](ClientConnection& connection) {
                                              f->ended_.push_back(&connection);
                                              f->ended_wake_.Wake();
                                            }});
  front->thread_ = std::thread([f = front.get()] {
    NameThread(f->options_.thread_name);
    f->loop_.Run();
  });
  return front;
}

Status Front::Listen() {
  for (const ListenAddress& address : options_.addresses) {
    if (address.is_tls && !tls_)
      return Fail(ErrorCode::kInvalid, "{} {}: it needs --tls-cert and --tls-key", options_.flag,
                  address.ToString());
    ASSIGN_OR_RETURN(auto listener,
                     Listener::Open(loop_, clock_, address, options_.flag,
                                    [this](Accepted accepted) { Accept(std::move(accepted)); }));
    listeners_.push_back(std::move(listener));
  }
  return {};
}

Front::~Front() {
  if (thread_.joinable()) {
    stop_wake_.Wake();
    thread_.join();
  }
  connections_.clear();
  backend_.reset();
  listeners_.clear();
}

std::vector<ListenAddress> Front::addresses() const {
  std::vector<ListenAddress> addresses;
  addresses.reserve(listeners_.size());
  for (const auto& listener : listeners_) addresses.push_back(listener->address());
  return addresses;
}

/// Null when memory is short: then the socket is still its owner's.
Stream Front::StreamOf(const Accepted& accepted) const {
  const int socket = accepted.socket.number();
  if (!accepted.is_tls) return Stream(bufferevent_socket_new(loop_.base(), socket, BEV_OPT_CLOSE_ON_FREE));
  SSL* const tls = tls_->NewConnection();
  if (tls == nullptr) return nullptr;
  // Deferred: TLS must not call back from within its own reading.
  Stream stream(bufferevent_openssl_socket_new(loop_.base(), socket, tls, BUFFEREVENT_SSL_ACCEPTING,
                                               BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS));
  if (!stream) SSL_free(tls);
  return stream;
}

void Front::Accept(Accepted accepted) {
  ++counts_.accepted;
  const std::int64_t now_ms = clock_.MonotonicMs();
  std::string counts_for = options_.counts_for ? options_.counts_for(accepted.peer) : "";
  if (accepted.is_tls && (limits_.IsOverCap(counts_for) || !handshakes_.Take(counts_for, now_ms)))
    return;  // a refusal would cost a handshake
  if (limits_.IsFull()) {
    if (LimitedConnection* const last = limits_.LeastWanted(now_ms))
      Displace(static_cast<ClientConnection*>(last));
  }
  Stream stream = StreamOf(accepted);
  if (!stream) return;
  (void)accepted.socket.Release();  // it is the stream's now
  auto connection = std::make_unique<ClientConnection>(std::move(stream), std::move(accepted.peer),
                                                       std::move(counts_for), *context_);
  ClientConnection* const key = connection.get();
  connections_.emplace(key, std::move(connection));
  counts_.open = connections_.size();
  most_open_ = std::max(most_open_, connections_.size());
  if (!tick_.IsPending()) tick_.StartIn(kTickMs);
  PauseWhenFull();
}

/// At once, so that the next of many new ones displaces another.
void Front::Displace(ClientConnection* connection) {
  ++counts_.displaced;
  std::erase(ended_, connection);
  connections_.erase(connection);
  counts_.open = connections_.size();
}

/// A client that began a head while another one connected left that one nobody to displace.
void Front::DisplaceExcess() {
  while (limits_.size() > limits_.granted().connections) {
    LimitedConnection* const last = limits_.LeastWanted(clock_.MonotonicMs());
    if (last == nullptr) return;
    Displace(static_cast<ClientConnection*>(last));
  }
}

void Front::PauseWhenFull() {
  if (stops_) return;
  const bool is_full = limits_.IsFull() && limits_.LeastWanted(clock_.MonotonicMs()) == nullptr;
  for (const auto& listener : listeners_)
    listener->Pause(is_full || (listener->address().is_tls && handshakes_.IsSpent()));
}

void Front::Tick() {
  for (LimitedConnection* const late : limits_.Overdue(clock_.MonotonicMs())) {
    if (late->phase() != Phase::kFarewell && late->phase() != Phase::kIdle) ++counts_.overdue;
    auto& connection = *static_cast<ClientConnection*>(late);
    connection.Guarded([&connection] { connection.TimeIsOver(); });
  }
  if (++ticks_ % kTicksOfSessions == 0)
    ForEachSession([](ClientConnection& session) { session.TickSession(); });
  backend_->Tick();
  DisplaceExcess();
  handshakes_.BeginTurn();
  PauseWhenFull();
  if (!connections_.empty()) tick_.StartIn(kTickMs);
}

/// A step may end the session, which leaves the list later.
template <typename Step>
void Front::ForEachSession(Step step) {
  for (LimitedConnection* const session : limits_.In(Phase::kUpgraded)) {
    auto& connection = *static_cast<ClientConnection*>(session);
    connection.Guarded([&] { step(connection); });
  }
}

void Front::PumpSessions() {
  ForEachSession([](ClientConnection& session) { session.PumpSession(); });
}

void Front::DestroyEnded() {
  for (ClientConnection* const connection : std::exchange(ended_, {})) connections_.erase(connection);
  counts_.open = connections_.size();
  if (most_open_ - connections_.size() >= kCrowd) {
    GiveFreeMemoryBack();
    most_open_ = connections_.size();
  }
  PauseWhenFull();
  if (stops_ && connections_.empty()) loop_.Stop();
}

Status Front::ReloadCertificate() {
  if (!options_.tls) return {};
  ASSIGN_OR_RETURN(auto tls, TlsContext::Load(*options_.tls));
  {
    const MutexLock lock(mutex_);
    new_tls_ = std::move(tls);
  }
  certificate_wake_.Wake();
  return {};
}

void Front::TakeNewCertificate() {
  const MutexLock lock(mutex_);
  if (new_tls_) tls_ = std::exchange(new_tls_, std::nullopt);
}

void Front::BeginStop() {
  stops_ = true;
  for (const auto& listener : listeners_) listener->Pause(true);
  ForEachSession([](ClientConnection& session) { session.StopSession(); });
  for (const Phase phase : {Phase::kHead, Phase::kOverCap, Phase::kIdle, Phase::kFarewell})
    for (LimitedConnection* const idle : limits_.In(phase))
      ended_.push_back(static_cast<ClientConnection*>(idle));
  last_moment_.StartIn(kStopMs);
  DestroyEnded();
}

}  // namespace keymeter::query_api
