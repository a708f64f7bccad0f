#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "query-api/snapshot/file_version.h"
#include "query-api/snapshot/usage_block.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// A row of bucket_change: the last version that changed a closed bucket.
struct BucketChange {
  Level level = Level::kMinute;
  std::int64_t bucket = 0;
  std::int64_t data_version = 0;
};

/// What is cached of one bucket: all its rows, or only the sum over API keys.
struct CachedBucket {
  std::shared_ptr<const UsageBlock> block{};
  BlockRow total{};
};

struct BucketKey {
  UsageTable table = UsageTable::kMinute;
  std::int64_t bucket = 0;
  bool is_total = false;
  bool operator==(const BucketKey&) const = default;
};

/// Decoded buckets that readers of different versions share, without ever showing one a state that is not its
/// own.
///
/// A closed bucket changes only by writes that are listed in bucket_change. So what a reader of version `l`
/// stored is right for one of version `v` when the bucket's last change is at most min(l, v), provided that
/// changes are known up to max(l, v): each reader adds the changes up to its own version before it looks. An
/// open bucket is right for its own version only.
/// Threads: any; one lock, held for a look-up or an insertion. Bounds: `max_bytes`, the least recently used
/// go first; kMaxChanges remembered changes, then everything older counts as changed.
class VersionedBlockCache {
 public:
  static constexpr std::size_t kMaxChanges = 8192;
  static constexpr std::size_t kEntryBytes = 192;  ///< what an entry takes besides its block

  explicit VersionedBlockCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The version after which the reader must add changes before it looks; nothing when they are known. A file
  /// other than the last one empties the cache.
  [[nodiscard]] std::optional<std::int64_t> NeedsChangesSince(const FileVersion& version) EXCLUDES(mutex_);
  /// The changes after `since`, up to the reader's version; those up to `listed_from` may be missing.
  void AddChanges(const FileVersion& version, std::int64_t since, std::int64_t listed_from,
                  std::span<const BucketChange> changes) EXCLUDES(mutex_);

  [[nodiscard]] std::optional<CachedBucket> Find(const FileVersion& version, const BucketKey& key,
                                                 bool is_closed) EXCLUDES(mutex_);
  [[nodiscard]] bool Has(const FileVersion& version, const BucketKey& key, bool is_closed) const
      EXCLUDES(mutex_);
  void Put(const FileVersion& version, const BucketKey& key, bool is_closed, CachedBucket value)
      EXCLUDES(mutex_);

  [[nodiscard]] std::size_t bytes() const EXCLUDES(mutex_);
  [[nodiscard]] std::size_t max_bytes() const { return max_bytes_; }

 private:
  struct Entry {
    BucketKey key;
    CachedBucket value;
    FileVersion version;  ///< of the reader that stored it
    bool is_closed = true;
  };
  struct BucketName {
    Level level = Level::kMinute;
    std::int64_t bucket = 0;
    bool operator==(const BucketName&) const = default;
  };
  struct Hash {
    std::size_t operator()(const BucketKey& key) const;
    std::size_t operator()(const BucketName& name) const;
  };
  using Entries = std::list<Entry>;

  [[nodiscard]] static std::size_t BytesOf(const CachedBucket& value);
  [[nodiscard]] bool IsValidFor(const FileVersion& version, const Entry& entry, bool is_closed) const
      REQUIRES(mutex_);
  [[nodiscard]] std::int64_t LastChangeOf(const BucketKey& key) const REQUIRES(mutex_);
  /// Whether all changes up to that version are known.
  [[nodiscard]] bool KnowsChangesUpTo(const FileVersion& version) const REQUIRES(mutex_) {
    return IsOfFile(version) && version.data_version <= known_until_;
  }
  [[nodiscard]] bool IsOfFile(const FileVersion& version) const REQUIRES(mutex_) {
    return file_ && file_->IsOfSameFile(version);
  }
  void AddChange(const BucketChange& change) REQUIRES(mutex_);
  void Remove(Entries::iterator entry) REQUIRES(mutex_);
  void Clear() REQUIRES(mutex_);

  const std::size_t max_bytes_;
  mutable Mutex mutex_;
  std::optional<FileVersion> file_ GUARDED_BY(mutex_);  ///< a version of the file that everything here is of
  std::int64_t known_until_ GUARDED_BY(mutex_) = 0;     ///< changes are known up to this version
  /// A bucket not in changes_ last changed here or earlier.
  std::int64_t unlisted_until_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<BucketName, std::int64_t, Hash> changes_ GUARDED_BY(mutex_);
  Entries entries_ GUARDED_BY(mutex_);  ///< the most recently used first
  std::unordered_map<BucketKey, Entries::iterator, Hash> by_key_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace keymeter::query_api
