#include "query-api/snapshot/versioned_block_cache.h"

#include <algorithm>
#include <utility>

#include "schema/mutex.h"

namespace keymeter::query_api {

namespace {

std::size_t Mix(std::int64_t bucket, std::size_t kind) {
  return (static_cast<std::size_t>(bucket) * 16 + kind) * 0x9e3779b97f4a7c15U;
}

}  // namespace

std::size_t VersionedBlockCache::Hash::operator()(const ShelfPlace& place) const {
  return Mix(place.bucket, static_cast<std::size_t>(place.table) * 2 + (place.is_total ? 1 : 0));
}

std::size_t VersionedBlockCache::Hash::operator()(const BucketName& name) const {
  return Mix(name.bucket, static_cast<std::size_t>(name.level));
}

std::optional<std::int64_t> VersionedBlockCache::LearnFrom(const FileMoment& moment) {
  const MutexLock lock(mutex_);
  if (!IsOfFile(moment)) {
    Clear();
    file_ = moment.file;
    utc_offset_s_ = moment.utc_offset_s;
    has_file_ = true;
    // What changed before is unknown, and does not matter: nothing is here.
    seen_ = floor_ = moment.data_version;
  }
  if (moment.data_version <= seen_) return std::nullopt;
  return seen_;
}

void VersionedBlockCache::Learn(const FileMoment& moment, std::int64_t since, std::int64_t listed_from,
                                std::span<const BucketChange> changes) {
  const MutexLock lock(mutex_);
  // The shelf may have begun anew meanwhile; then what was asked for may not be all that is needed.
  if (!IsOfFile(moment) || since > seen_) return;
  if (listed_from > since) {
    floor_ = std::max(floor_, listed_from);
    for (auto stored = order_.begin(); stored != order_.end();) {
      const auto next = std::next(stored);
      if (stored->moment.data_version < floor_) Remove(stored);
      stored = next;
    }
  }
  for (const BucketChange& change : changes) Remember(change);
  seen_ = std::max(seen_, moment.data_version);
}

void VersionedBlockCache::Remember(const BucketChange& change) {
  std::int64_t& last = changes_[{change.level, change.bucket}];
  last = std::max(last, change.data_version);
  const auto drop = [&](UsageTable table) {
    for (const bool is_total : {false, true}) {
      const auto found = places_.find({table, change.bucket, is_total});
      if (found != places_.end() && found->second->moment.data_version < change.data_version)
        Remove(found->second);
    }
  };
  drop(RowsOf(change.level));
  if (change.level != Level::kMinute) drop(UntimedOf(change.level));
  if (changes_.size() <= kMaxChanges) return;
  for (const auto& [name, version] : changes_) floor_ = std::max(floor_, version);
  changes_.clear();
}

std::int64_t VersionedBlockCache::LastChange(const ShelfPlace& place) const {
  const auto found = changes_.find({LevelOf(place.table), place.bucket});
  return found == changes_.end() ? floor_ : std::max(floor_, found->second);
}

bool VersionedBlockCache::IsRightFor(const FileMoment& moment, const Stored& stored, bool is_closed) const {
  if (!is_closed || !stored.is_closed)
    return !is_closed && !stored.is_closed && stored.moment.data_version == moment.data_version &&
           stored.moment.rolled_until == moment.rolled_until;
  return LastChange(stored.place) <= std::min(stored.moment.data_version, moment.data_version);
}

std::optional<ShelfItem> VersionedBlockCache::Find(const FileMoment& moment, const ShelfPlace& place,
                                                   bool is_closed) {
  const MutexLock lock(mutex_);
  if (!Knows(moment)) return std::nullopt;
  const auto found = places_.find(place);
  if (found == places_.end() || !IsRightFor(moment, *found->second, is_closed)) return std::nullopt;
  order_.splice(order_.begin(), order_, found->second);
  return found->second->item;
}

bool VersionedBlockCache::Has(const FileMoment& moment, const ShelfPlace& place, bool is_closed) const {
  const MutexLock lock(mutex_);
  if (!Knows(moment)) return false;
  const auto found = places_.find(place);
  return found != places_.end() && IsRightFor(moment, *found->second, is_closed);
}

void VersionedBlockCache::Put(const FileMoment& moment, const ShelfPlace& place, bool is_closed,
                              ShelfItem item) {
  const std::size_t bytes = BytesOf(item);
  const MutexLock lock(mutex_);
  if (!Knows(moment) || bytes > max_bytes_) return;
  const auto found = places_.find(place);
  if (found != places_.end()) {
    // What a newer reader put here stays: it is of use for longer.
    const Stored& there = *found->second;
    if (there.moment.data_version > moment.data_version || (there.is_closed && !is_closed) ||
        IsRightFor(moment, there, is_closed))
      return;
    Remove(found->second);
  }
  if (is_closed && LastChange(place) > moment.data_version) return;  // of use for nobody newer
  while (bytes_ + bytes > max_bytes_) Remove(std::prev(order_.end()));
  order_.push_front({place, std::move(item), moment, is_closed});
  places_[place] = order_.begin();
  bytes_ += bytes;
}

std::size_t VersionedBlockCache::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

std::size_t VersionedBlockCache::BytesOf(const ShelfItem& item) {
  return kItemBytes + sizeof(Stored) + (item.block ? item.block->bytes() : 0);
}

void VersionedBlockCache::Remove(Order::iterator stored) {
  bytes_ -= BytesOf(stored->item);
  places_.erase(stored->place);
  order_.erase(stored);
}

void VersionedBlockCache::Clear() {
  places_.clear();
  order_.clear();
  changes_.clear();
  bytes_ = 0;
}

}  // namespace keymeter::query_api
