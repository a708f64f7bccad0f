#include "query-api/push/refresh_scheduler.h"

#include <algorithm>

namespace keymeter::query_api {

std::vector<std::string> RefreshScheduler::Due(const std::set<std::string>& ids, const DataStamp& stamp,
                                               bool only_unread) const {
  std::vector<std::pair<std::uint64_t, const std::string*>> due;  // by turn; 0: never read
  for (const std::string& id : ids) {
    const auto reading = reads_.find(id);
    if (reading == reads_.end()) {
      due.emplace_back(0, &id);
    } else if (!only_unread && (reading->second.changes_by_time || reading->second.stamp != stamp)) {
      due.emplace_back(reading->second.turn, &id);
    }
  }
  std::stable_sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> ordered;
  ordered.reserve(due.size());
  for (const auto& [turn, id] : due) ordered.push_back(*id);
  return ordered;
}

void RefreshScheduler::Prefer(std::vector<std::string>& due, const Uses& uses) const {
  std::stable_partition(due.begin(), due.end(), [&](const std::string& id) { return IsUsedSince(id, uses); });
}

bool RefreshScheduler::IsUsedSince(const std::string& id, const Uses& uses) const {
  const auto reading = reads_.find(id);
  if (reading == reads_.end()) return true;
  const auto use = uses.find(id);
  return use != uses.end() && use->second != reading->second.use;
}

void RefreshScheduler::MarkRead(const std::string& id, const DataStamp& stamp, bool changes_by_time,
                                const Uses& uses) {
  const auto use = uses.find(id);
  reads_[id] = {stamp, changes_by_time, ++last_turn_, use == uses.end() ? 0 : use->second};
}

void RefreshScheduler::ForgetAllBut(const std::set<std::string>& ids) {
  std::erase_if(reads_, [&](const auto& reading) { return !ids.contains(reading.first); });
}

void RefreshScheduler::AddKnownTo(std::set<std::string>& ids) const {
  for (const auto& [id, reading] : reads_) ids.insert(ids.end(), id);
}

}  // namespace keymeter::query_api
