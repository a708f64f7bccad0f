#include "query-api/snapshot/versioned_block_cache.h"

#include <algorithm>
#include <array>
#include <utility>

namespace keymeter::query_api {

namespace {

std::size_t Mix(std::int64_t bucket, std::size_t kind) {
  return (static_cast<std::size_t>(bucket) * 16 + kind) * 0x9e3779b97f4a7c15U;
}

}  // namespace

std::size_t VersionedBlockCache::Hash::operator()(const BucketKey& key) const {
  return Mix(key.bucket, static_cast<std::size_t>(key.table) * 2 + (key.is_total ? 1 : 0));
}

std::size_t VersionedBlockCache::Hash::operator()(const BucketName& name) const {
  return Mix(name.bucket, static_cast<std::size_t>(name.level));
}

std::optional<std::int64_t> VersionedBlockCache::NeedsChangesSince(const FileVersion& version) {
  const MutexLock lock(mutex_);
  if (!IsOfFile(version)) {
    Clear();
    file_ = version;
    // What changed before is unknown, and does not matter: nothing is cached.
    known_until_ = unlisted_until_ = version.data_version;
  }
  if (version.data_version <= known_until_) return std::nullopt;
  return known_until_;
}

void VersionedBlockCache::AddChanges(const FileVersion& version, std::int64_t since, std::int64_t listed_from,
                                     std::span<const BucketChange> changes) {
  const MutexLock lock(mutex_);
  // Another thread may have emptied the cache meanwhile; then the changes after `since` may not be all.
  if (!IsOfFile(version) || since > known_until_) return;
  if (listed_from > since) {
    unlisted_until_ = std::max(unlisted_until_, listed_from);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto next = std::next(entry);
      if (entry->version.data_version < unlisted_until_) Remove(entry);
      entry = next;
    }
  }
  for (const BucketChange& change : changes) AddChange(change);
  known_until_ = std::max(known_until_, version.data_version);
}

void VersionedBlockCache::AddChange(const BucketChange& change) {
  std::int64_t& last = changes_[{change.level, change.bucket}];
  last = std::max(last, change.data_version);
  std::array<UsageTable, 2> tables{RowsOf(change.level), RowsOf(change.level)};
  if (change.level != Level::kMinute) tables[1] = UntimedOf(change.level);
  for (const UsageTable table : tables)
    for (const bool is_total : {false, true}) {
      const auto found = by_key_.find({table, change.bucket, is_total});
      if (found != by_key_.end() && found->second->version.data_version < change.data_version)
        Remove(found->second);
    }
  if (changes_.size() <= kMaxChanges) return;
  for (const auto& [name, version] : changes_) unlisted_until_ = std::max(unlisted_until_, version);
  changes_.clear();
}

std::int64_t VersionedBlockCache::LastChangeOf(const BucketKey& key) const {
  const auto found = changes_.find({LevelOf(key.table), key.bucket});
  return found == changes_.end() ? unlisted_until_ : std::max(unlisted_until_, found->second);
}

bool VersionedBlockCache::IsValidFor(const FileVersion& version, const Entry& entry, bool is_closed) const {
  if (!is_closed || !entry.is_closed) return !is_closed && !entry.is_closed && entry.version == version;
  return LastChangeOf(entry.key) <= std::min(entry.version.data_version, version.data_version);
}

std::optional<CachedBucket> VersionedBlockCache::Find(const FileVersion& version, const BucketKey& key,
                                                      bool is_closed) {
  const MutexLock lock(mutex_);
  if (!KnowsChangesUpTo(version)) return std::nullopt;
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || !IsValidFor(version, *found->second, is_closed)) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->value;
}

bool VersionedBlockCache::Has(const FileVersion& version, const BucketKey& key, bool is_closed) const {
  const MutexLock lock(mutex_);
  if (!KnowsChangesUpTo(version)) return false;
  const auto found = by_key_.find(key);
  return found != by_key_.end() && IsValidFor(version, *found->second, is_closed);
}

void VersionedBlockCache::Put(const FileVersion& version, const BucketKey& key, bool is_closed,
                              CachedBucket value) {
  const std::size_t bytes = BytesOf(value);
  const MutexLock lock(mutex_);
  if (!KnowsChangesUpTo(version) || bytes > max_bytes_) return;
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    // What a newer reader stored stays: it is of use for longer.
    const Entry& entry = *found->second;
    if (entry.version.data_version > version.data_version || (entry.is_closed && !is_closed) ||
        IsValidFor(version, entry, is_closed))
      return;
    Remove(found->second);
  }
  if (is_closed && LastChangeOf(key) > version.data_version) return;  // of no use for newer readers
  while (bytes_ + bytes > max_bytes_) Remove(std::prev(entries_.end()));
  entries_.push_front({key, std::move(value), version, is_closed});
  by_key_[key] = entries_.begin();
  bytes_ += bytes;
}

std::size_t VersionedBlockCache::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

std::size_t VersionedBlockCache::BytesOf(const CachedBucket& value) {
  return kEntryBytes + sizeof(Entry) + (value.block ? value.block->bytes() : 0);
}

void VersionedBlockCache::Remove(Entries::iterator entry) {
  bytes_ -= BytesOf(entry->value);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

void VersionedBlockCache::Clear() {
  by_key_.clear();
  entries_.clear();
  changes_.clear();
  bytes_ = 0;
}

}  // namespace keymeter::query_api
