#include "query-api/usage/entity_sums_cache.h"

#include <algorithm>

#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/entity_sums.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

namespace {

bool IsNoLater(const SumsMoment& a, const SumsMoment& b) {
  return a.file == b.file && a.data_version <= b.data_version && a.rolled_until <= b.rolled_until;
}

}  // namespace

std::shared_ptr<const EntitySums> EntitySumsCache::Find(Shelf& shelf, const Snapshot& snapshot) {
  const SumsMoment moment = SumsMoment::Of(snapshot);
  const MutexLock lock(shelf.mutex);
  for (const auto& sums : shelf.newest)
    if (sums->moment() == moment) return sums;
  return nullptr;
}

std::shared_ptr<const EntitySums> EntitySumsCache::BaseFor(Shelf& shelf, const Snapshot& snapshot) {
  const SumsMoment moment = SumsMoment::Of(snapshot);
  const MutexLock lock(shelf.mutex);
  const auto found = std::find_if(shelf.newest.rbegin(), shelf.newest.rend(),
                                  [&](const auto& sums) { return IsNoLater(sums->moment(), moment); });
  return found == shelf.newest.rend() ? nullptr : *found;
}

void EntitySumsCache::Keep(Shelf& shelf, std::shared_ptr<const EntitySums> sums) {
  const MutexLock lock(shelf.mutex);
  auto& newest = shelf.newest;
  if (!newest.empty() && newest.back()->moment().file != sums->moment().file) newest.clear();
  const auto later = std::find_if(newest.begin(), newest.end(), [&](const auto& kept) {
    return !IsNoLater(kept->moment(), sums->moment());
  });
  newest.insert(later, std::move(sums));
  if (newest.size() > kKept) newest.erase(newest.begin());
}

Result<std::shared_ptr<const EntitySums>> EntitySumsCache::Of(Snapshot& snapshot, SeriesCatalog::Kind kind) {
  Shelf& shelf = kind == SeriesCatalog::Kind::kApiKey ? keys_ : accounts_;
  if (auto found = Find(shelf, snapshot)) return found;
  const MutexLock making(shelf.making);
  if (auto found = Find(shelf, snapshot)) return found;
  const auto base = BaseFor(shelf, snapshot);
  auto sums = EntitySums::Make(snapshot, kind, base.get());
  if (sums) Keep(shelf, *sums);
  return sums;
}

}  // namespace keymeter::query_api
