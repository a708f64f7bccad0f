#include "query-api/http/connection_table.h"

#include <algorithm>
#include <tuple>

namespace keymeter::query_api {

namespace {

using State = Connection::State;

constexpr std::int64_t kPatienceMs = 500;  ///< with a connection that was shut for reading
constexpr std::size_t kSpareShare = 8;     ///< an eighth of the workers should be free

/// Which kind of waiting is ended first when workers are short.
int Rank(const Connection& connection) {
  if (connection.state == State::kHeader) return 0;
  return connection.state == State::kIdle ? 1 : 2;
}

std::int64_t WaitsSince(const Connection& connection) {
  return connection.state == State::kAnswering ? connection.write_since_ms : connection.since_ms;
}

/// A header that is late can still be answered.
bool EndsWholly(Ending ending) {
  return ending != Ending::kLate && ending != Ending::kExcess;
}

}  // namespace

Connection& ConnectionTable::Open(const void* owner, std::int64_t now_ms) {
  auto connection = std::make_unique<Connection>();
  connection->owner = owner;
  connection->since_ms = now_ms;
  Connection& opened = *connection;
  connections_.emplace(&opened, std::move(connection));
  nameless_.push_back(&opened);
  return opened;
}

void ConnectionTable::Name(Connection& connection, const Peer& peer, bool is_exempt) {
  connection.peer = peer;
  std::erase(nameless_, &connection);
  std::size_t& count = per_address_[peer.address];
  connection.is_counted = limits_.per_address == 0 || is_exempt || count < limits_.per_address;
  if (connection.is_counted)
    ++count;
  else
    End(connection, Ending::kExcess);
}

void ConnectionTable::Close(Connection& connection) {
  std::erase(nameless_, &connection);
  if (connection.is_counted) {
    const auto count = per_address_.find(connection.peer->address);
    if (--count->second == 0) per_address_.erase(count);
  }
  connections_.erase(&connection);
}

Ending ConnectionTable::HeaderDone(Connection& connection, std::int64_t now_ms) {
  const Ending ending = connection.ending;
  connection.state = State::kAnswering;
  connection.since_ms = now_ms;
  if (ending == Ending::kLate) {
    connection.ending = Ending::kNone;
    connection.order_ms = Connection::kNever;
  }
  return ending;
}

void ConnectionTable::AnswerDone(Connection& connection, std::int64_t now_ms) {
  connection.state = State::kIdle;
  connection.since_ms = now_ms;
  connection.write_since_ms = Connection::kNever;
  connection.held_bytes = 0;
}

void ConnectionTable::End(Connection& connection, Ending why) {
  if (connection.ending == Ending::kNone) connection.ending = why;
}

void ConnectionTable::EndAll() {
  for (auto& [key, connection] : connections_) connection->ending = Ending::kDropped;
}

Ending ConnectionTable::Overdue(const Connection& connection, std::int64_t now_ms) const {
  const std::int64_t age_ms = now_ms - connection.since_ms;
  const bool writes = connection.write_since_ms != Connection::kNever;
  const std::int64_t write_ms = writes ? now_ms - connection.write_since_ms : 0;
  switch (connection.state) {
    case State::kHeader:
      return age_ms >= limits_.header_ms ? Ending::kLate : Ending::kNone;
    case State::kIdle:
      return age_ms >= limits_.idle_ms ? Ending::kLate : Ending::kNone;
    case State::kAnswering:
      return writes && (write_ms >= limits_.piece_ms || age_ms >= limits_.answer_ms) ? Ending::kStalled
                                                                                     : Ending::kNone;
  }
  return Ending::kNone;
}

std::size_t ConnectionTable::MissingWorkers() const {
  std::size_t busy = 0;
  for (const auto& [key, connection] : connections_)
    if (connection->ending == Ending::kNone) ++busy;
  const std::size_t spare = std::max<std::size_t>(1, limits_.workers / kSpareShare);
  return busy + spare > limits_.workers ? busy + spare - limits_.workers : 0;
}

bool ConnectionTable::IsPressed() const {
  return MissingWorkers() > 0;
}

void ConnectionTable::RelievePressure(std::int64_t now_ms) {
  const std::size_t missing = MissingWorkers();
  if (missing == 0) return;
  std::vector<Connection*> candidates;
  for (auto& [key, connection] : connections_) {
    if (connection->ending != Ending::kNone) continue;
    const std::int64_t since_ms = WaitsSince(*connection);
    const bool is_answered = connection->state == State::kAnswering;
    const std::int64_t limit_ms = is_answered ? limits_.pressed_piece_ms : limits_.pressed_ms;
    if (since_ms != Connection::kNever && now_ms - since_ms >= limit_ms)
      candidates.push_back(connection.get());
  }
  const std::size_t count = std::min(missing, candidates.size());
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count),
                    candidates.end(), [](const Connection* a, const Connection* b) {
                      return std::tuple(Rank(*a), WaitsSince(*a)) < std::tuple(Rank(*b), WaitsSince(*b));
                    });
  for (std::size_t i = 0; i < count; ++i)
    candidates[i]->ending = candidates[i]->state == State::kAnswering ? Ending::kStalled : Ending::kLate;
}

void ConnectionTable::RelieveMemory(std::int64_t now_ms) {
  std::size_t held = 0;
  std::vector<Connection*> slow;
  for (auto& [key, connection] : connections_) {
    if (connection->ending != Ending::kNone) continue;
    held += connection->held_bytes;
    if (connection->held_bytes > 0 && connection->write_since_ms != Connection::kNever &&
        now_ms - connection->write_since_ms >= limits_.pressed_piece_ms)
      slow.push_back(connection.get());
  }
  if (held <= limits_.held_bytes) return;
  std::sort(slow.begin(), slow.end(),
            [](const Connection* a, const Connection* b) { return a->write_since_ms < b->write_since_ms; });
  for (Connection* connection : slow) {
    if (held <= limits_.held_bytes) return;
    connection->ending = Ending::kStalled;
    held -= connection->held_bytes;
  }
}

std::vector<ConnectionTable::Order> ConnectionTable::Due(std::int64_t now_ms) {
  for (auto& [key, connection] : connections_)
    if (connection->ending == Ending::kNone) connection->ending = Overdue(*connection, now_ms);
  RelievePressure(now_ms);
  RelieveMemory(now_ms);
  std::vector<Order> orders;
  for (auto& [key, connection] : connections_) {
    if (connection->ending == Ending::kNone || !connection->peer) continue;
    const bool is_repeated = connection->order_ms != Connection::kNever;
    if (is_repeated && now_ms - connection->order_ms < kPatienceMs) continue;
    connection->order_ms = now_ms;
    orders.push_back({connection.get(), is_repeated || EndsWholly(connection->ending)});
  }
  return orders;
}

}  // namespace keymeter::query_api
