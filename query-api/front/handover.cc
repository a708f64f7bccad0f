#include "query-api/front/handover.h"

#include <utility>

namespace keymeter::query_api {

void Handover::Open(std::uint16_t port) {
  const MutexLock lock(mutex_);
  entries_.insert_or_assign(port, Entry{++opened_});
}

void Handover::Close(std::uint16_t port) {
  std::optional<HandedOver> released;  // after the lock: a file or a session may end with it
  const MutexLock lock(mutex_);
  const auto found = entries_.find(port);
  if (found == entries_.end()) return;
  released = std::move(found->second.left);
  entries_.erase(found);
}

std::optional<Handover::Connection> Handover::Find(std::uint16_t port) const {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(port);
  return found == entries_.end() ? std::nullopt : std::optional(found->second.connection);
}

bool Handover::Leave(std::uint16_t port, Connection connection, HandedOver left) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(port);
  if (found == entries_.end() || found->second.connection != connection) return false;
  found->second.left = std::move(left);
  return true;
}

std::optional<HandedOver> Handover::Take(std::uint16_t port) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(port);
  return found == entries_.end() ? std::nullopt : std::exchange(found->second.left, std::nullopt);
}

}  // namespace keymeter::query_api
