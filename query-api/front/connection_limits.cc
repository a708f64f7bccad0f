#include "query-api/front/connection_limits.h"

#include <limits>
#include <utility>

namespace keymeter::query_api {

void ConnectionLimits::Add(LimitedConnection& connection, std::string address, std::int64_t now_ms) {
  connection.address_ = std::move(address);
  connection.phase_ = Phase::kHead;
  if (!connection.address_.empty() && limits_.per_address != 0 &&
      ++by_address_[connection.address_] > limits_.per_address)
    connection.phase_ = Phase::kOverCap;
  connection.since_ms_ = now_ms;
  ConnectionQueue& queue = Queue(connection.phase_);
  connection.place_ = queue.insert(queue.end(), &connection);
  ++size_;
}

bool ConnectionLimits::IsOverCap(const std::string& address) const {
  if (address.empty() || limits_.per_address == 0) return false;
  const auto found = by_address_.find(address);
  return found != by_address_.end() && found->second >= limits_.per_address;
}

void ConnectionLimits::Remove(LimitedConnection& connection) {
  Hold(connection, nullptr);
  Queue(connection.phase_).erase(connection.place_);
  --size_;
  if (connection.address_.empty()) return;
  if (const auto found = by_address_.find(connection.address_);
      found != by_address_.end() && --found->second == 0)
    by_address_.erase(found);
}

void ConnectionLimits::Move(LimitedConnection& connection, Phase phase, std::int64_t now_ms) {
  ConnectionQueue& to = Queue(phase);
  to.splice(to.end(), Queue(connection.phase_), connection.place_);
  connection.phase_ = phase;
  connection.since_ms_ = now_ms;
}

void ConnectionLimits::Hold(LimitedConnection& connection, const std::string* body) {
  if (body != nullptr && ++holders_[body] == 1) held_bytes_ += body->size();
  const std::string* const before = std::exchange(connection.body_, body);
  if (before == nullptr) return;
  const auto found = holders_.find(before);
  if (--found->second > 0) return;
  held_bytes_ -= before->size();
  holders_.erase(found);
}

std::int64_t ConnectionLimits::Granted(Phase phase) const {
  switch (phase) {
    case Phase::kHead:
      return limits_.head_ms;
    case Phase::kOverCap:
      return limits_.pressed_ms;
    case Phase::kIdle:
      return limits_.idle_ms;
    case Phase::kInside:
      return limits_.inside_ms;
    case Phase::kSending:
      return limits_.piece_ms;
    case Phase::kFarewell:
      return limits_.farewell_ms;
    case Phase::kUpgraded:
      break;
  }
  return std::numeric_limits<std::int64_t>::max();
}

std::vector<LimitedConnection*> ConnectionLimits::Overdue(std::int64_t now_ms) const {
  std::vector<LimitedConnection*> overdue;
  for (std::size_t i = 0; i < kPhases; ++i)
    for (LimitedConnection* const connection : queues_.at(i)) {
      if (now_ms - connection->since_ms_ < Granted(static_cast<Phase>(i))) break;
      overdue.push_back(connection);
    }
  AddSlowest(now_ms, overdue);
  return overdue;
}

/// A body is free when the last who takes it goes, so all who take it go, or none: one who takes it in time
/// would keep it anyway.
void ConnectionLimits::AddSlowest(std::int64_t now_ms, std::vector<LimitedConnection*>& overdue) const {
  std::size_t held = held_bytes_;
  std::unordered_map<const std::string*, std::vector<LimitedConnection*>> slow;
  for (LimitedConnection* const connection : Queue(Phase::kSending)) {
    if (held <= limits_.held_bytes || now_ms - connection->since_ms_ < limits_.pressed_piece_ms) return;
    if (connection->body_ == nullptr) continue;
    std::vector<LimitedConnection*>& takers = slow[connection->body_];
    takers.push_back(connection);
    if (takers.size() < holders_.at(connection->body_)) continue;
    held -= connection->body_->size();
    for (LimitedConnection* const taker : takers)
      if (now_ms - taker->since_ms_ < Granted(Phase::kSending)) overdue.push_back(taker);
  }
}

LimitedConnection* ConnectionLimits::LeastWanted(std::int64_t now_ms) const {
  for (const Phase phase : {Phase::kOverCap, Phase::kFarewell})
    if (!Queue(phase).empty()) return Queue(phase).front();
  const ConnectionQueue& heads = Queue(Phase::kHead);
  if (!heads.empty() && now_ms - heads.front()->since_ms_ >= limits_.pressed_ms) return heads.front();
  // A head that is not whole will be soon, or its client is stuck: who has asked before stays until then.
  const ConnectionQueue& idle = Queue(Phase::kIdle);
  return idle.empty() || !heads.empty() ? nullptr : idle.front();
}

}  // namespace keymeter::query_api
