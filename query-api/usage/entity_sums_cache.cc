#include "query-api/usage/entity_sums_cache.h"

#include <algorithm>
#include <utility>

#include "query-api/usage/entity_sums_maker.h"

namespace keymeter::query_api {

std::optional<EntitySumsCache::Making> EntitySumsCache::StartMaking(Kind kind) {
  const MutexLock lock(mutex_);
  if (std::exchange(ListOf(kind).is_being_made, true)) return std::nullopt;
  return std::make_optional<Making>(*this, kind);
}

void EntitySumsCache::EndMaking(Kind kind) {
  {
    const MutexLock lock(mutex_);
    ListOf(kind).is_being_made = false;
  }
  made_.notify_all();
}

Result<std::shared_ptr<const EntitySums>> EntitySumsCache::Of(Snapshot& snapshot, Kind kind) {
  if (auto found = Find(snapshot, kind)) return found;
  const auto base = BaseFor(snapshot, kind);
  ASSIGN_OR_RETURN(auto sums, MakeEntitySums(snapshot, blocks_, catalogs_, kind, base.get()));
  Keep(sums);
  return sums;
}

Result<bool> EntitySumsCache::Prepare(Snapshot& snapshot, Kind kind) {
  if (Find(snapshot, kind)) return true;
  const auto making = StartMaking(kind);
  if (!making) return false;
  RETURN_IF_ERROR(Of(snapshot, kind));  // looks again: the last maker may have ended just now
  return true;
}

void EntitySumsCache::AwaitMaker(Kind kind) {
  const auto deadline = std::chrono::steady_clock::now() + kMaxWait;
  MutexLock lock(mutex_);
  ++ListOf(kind).waiting;
  while (ListOf(kind).is_being_made)
    if (made_.wait_until(lock, deadline) == std::cv_status::timeout) break;
  --ListOf(kind).waiting;
}

std::size_t EntitySumsCache::waiting(Kind kind) const {
  const MutexLock lock(mutex_);
  return ListOf(kind).waiting;
}

std::shared_ptr<const EntitySums> EntitySumsCache::Find(const Snapshot& snapshot, Kind kind) {
  const auto version = EntitySumsVersion::Of(snapshot);
  const MutexLock lock(mutex_);
  for (const auto& sums : ListOf(kind).newest)
    if (sums->version() == version) return sums;
  return nullptr;
}

std::shared_ptr<const EntitySums> EntitySumsCache::BaseFor(const Snapshot& snapshot, Kind kind) {
  const FileVersion version = snapshot.version();
  const MutexLock lock(mutex_);
  const auto& newest = ListOf(kind).newest;
  const auto found = std::find_if(newest.rbegin(), newest.rend(), [&](const auto& sums) {
    return sums->version().file.IsNoLaterThan(version);
  });
  return found == newest.rend() ? nullptr : *found;
}

void EntitySumsCache::Keep(std::shared_ptr<const EntitySums> sums) {
  const MutexLock lock(mutex_);
  auto& newest = ListOf(sums->kind()).newest;
  const FileVersion& file = sums->version().file;
  if (!newest.empty() && !newest.back()->version().file.IsOfSameFile(file)) newest.clear();
  for (const auto& kept : newest)
    if (kept->version() == sums->version()) return;  // another thread made them meanwhile
  const auto later = std::find_if(newest.begin(), newest.end(), [&](const auto& kept) {
    return !kept->version().file.IsNoLaterThan(file);
  });
  newest.insert(later, std::move(sums));
  if (newest.size() > kKept) newest.erase(newest.begin());
}

}  // namespace keymeter::query_api
