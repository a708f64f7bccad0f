#include "query-api/endpoints/kept_orders.h"

#include <limits>
#include <random>

#include <fmt/format.h>

namespace keymeter::query_api {

namespace {

/// Names are unique among processes too: one that another process gave away names no order of ours.
std::string NewOrderName() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
}

}  // namespace

void ListOrder::Add(std::string_view id, double value) {
  ids_ += id;
  values_.push_back(value);
  ends_.push_back(static_cast<std::uint32_t>(ids_.size()));
}

std::string_view ListOrder::at(std::size_t place) const {
  const std::size_t begin = place == 0 ? 0 : ends_[place - 1];
  return std::string_view(ids_).substr(begin, ends_[place] - begin);
}

std::size_t ListOrder::MemoryBytes() const {
  constexpr std::size_t kEntryBytes = 256;  // nodes of list and map, the name
  return kEntryBytes + question_.size() + ids_.capacity() + ends_.capacity() * sizeof ends_[0] +
         values_.capacity() * sizeof values_[0];
}

std::string KeptOrders::Keep(std::shared_ptr<const ListOrder> order) {
  const std::size_t bytes = order->MemoryBytes();
  if (bytes > most_bytes_ / 2 || bytes > std::numeric_limits<std::uint32_t>::max()) return "";
  std::string name = NewOrderName();
  const MutexLock lock(mutex_);
  entries_.push_front({name, std::move(order)});
  by_name_.emplace(entries_.front().name, entries_.begin());
  bytes_ += bytes;
  MakeRoom();
  return name;
}

std::shared_ptr<const ListOrder> KeptOrders::Find(std::string_view name, std::string_view question) {
  const MutexLock lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || found->second->order->question() != question) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->order;
}

std::size_t KeptOrders::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

void KeptOrders::MakeRoom() {
  while (bytes_ > most_bytes_) {
    bytes_ -= entries_.back().order->MemoryBytes();
    by_name_.erase(entries_.back().name);
    entries_.pop_back();
  }
}

}  // namespace keymeter::query_api
