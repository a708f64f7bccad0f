#include "query-api/push/update_log.h"

#include <algorithm>

namespace keymeter::query_api {

UpdateLog::Entry& UpdateLog::At(const std::string& id) {
  return entries_.try_emplace(id, Entry{{kind_, id}}).first->second;
}

UpdateLog::Entry* UpdateLog::Find(const std::string& id) {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

UpdateLog::Entry* UpdateLog::After(std::uint64_t number) const {
  const auto next = by_number_.upper_bound(number);
  return next == by_number_.end() ? nullptr : next->second;
}

void UpdateLog::Set(Entry& entry, std::string_view json, std::uint64_t essence, std::uint64_t number) {
  if (entry.frame && !entry.is_gone && entry.essence == essence) return;
  entry.essence = essence;
  entry.is_gone = false;
  Put(entry, PushUpdate(kind_, json), number);
}

void UpdateLog::SetGone(Entry& entry, std::uint64_t number) {
  if (entry.is_gone) return;
  entry.is_gone = true;
  Put(entry, PushRemoved(entry.topic), number);
}

void UpdateLog::Put(Entry& entry, std::string_view text, std::uint64_t number) {
  by_number_.erase(entry.number);
  entry.frame = TextFrame(text);
  entry.number = number;
  by_number_[number] = &entry;
}

void UpdateLog::Forget(Entry& entry) {
  by_number_.erase(entry.number);
  entries_.erase(entries_.find(entry.topic.id));
}

void UpdateLog::ForgetAllBut(const std::set<std::string>& ids) {
  ForgetIf([&](const Entry& entry) { return !ids.contains(entry.topic.id); });
}

void UpdateLog::ForgetUnreadBut(const std::set<std::string>& ids) {
  ForgetIf([&](const Entry& entry) { return !entry.frame && !ids.contains(entry.topic.id); });
}

template <typename Condition>
void UpdateLog::ForgetIf(Condition condition) {
  std::erase_if(entries_, [&](const auto& pair) {
    if (!condition(pair.second)) return false;
    by_number_.erase(pair.second.number);
    return true;
  });
}

std::size_t UpdateLog::Count() const {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second.frame && !entry.second.is_gone;
  }));
}

}  // namespace keymeter::query_api
