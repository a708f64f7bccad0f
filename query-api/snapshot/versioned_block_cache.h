#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

#include "query-api/snapshot/usage_block.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// Which state of which file a reader sees.
struct FileMoment {
  std::uint64_t file = 0;         ///< differs between files
  std::int64_t utc_offset_s = 0;  ///< says when a day is over
  std::int64_t data_version = 0;
  std::int64_t rolled_until = 0;
};

/// A row of bucket_change.
struct BucketChange {
  Level level = Level::kMinute;
  std::int64_t bucket = 0;
  std::int64_t data_version = 0;
};

/// What stands on the shelf at one place: all rows, or only the sum over API keys.
struct ShelfItem {
  std::shared_ptr<const UsageBlock> block{};
  BlockRow total{};
};

struct ShelfPlace {
  UsageTable table = UsageTable::kMinute;
  std::int64_t bucket = 0;
  bool is_total = false;
  bool operator==(const ShelfPlace&) const = default;
};

/// Decoded buckets that readers of different moments share, without ever showing one a state that is not its
/// own.
///
/// A closed bucket changes only by writes that are listed in bucket_change. So what a reader of version `l`
/// put here is right for one of version `v` when the bucket's last change is at most min(l, v), provided that
/// changes are known up to max(l, v): each reader learns up to its own version before it looks. An open
/// bucket is right for its own moment only.
/// Threads: any; one lock, held for a look-up or an insertion. Bounds: `max_bytes`, the least recently used
/// go first; kMaxChanges remembered changes, then everything older counts as changed.
class VersionedBlockCache {
 public:
  static constexpr std::size_t kMaxChanges = 8192;
  static constexpr std::size_t kItemBytes = 192;  ///< an item's own share, beyond its block

  explicit VersionedBlockCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The version after which this reader must learn changes; nothing when they are known. Another file than
  /// before empties the shelf.
  [[nodiscard]] std::optional<std::int64_t> LearnFrom(const FileMoment& moment);
  /// Changes after `since`, up to the moment's version; those up to `listed_from` may be missing.
  void Learn(const FileMoment& moment, std::int64_t since, std::int64_t listed_from,
             std::span<const BucketChange> changes);

  [[nodiscard]] std::optional<ShelfItem> Find(const FileMoment& moment, const ShelfPlace& place,
                                              bool is_closed);
  [[nodiscard]] bool Has(const FileMoment& moment, const ShelfPlace& place, bool is_closed) const;
  void Put(const FileMoment& moment, const ShelfPlace& place, bool is_closed, ShelfItem item);

  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t max_bytes() const { return max_bytes_; }

 private:
  struct Stored {
    ShelfPlace place;
    ShelfItem item;
    FileMoment moment;  ///< of who put it here
    bool is_closed = true;
  };
  struct BucketName {
    Level level = Level::kMinute;
    std::int64_t bucket = 0;
    bool operator==(const BucketName&) const = default;
  };
  struct Hash {
    std::size_t operator()(const ShelfPlace& place) const;
    std::size_t operator()(const BucketName& name) const;
  };
  using Order = std::list<Stored>;

  [[nodiscard]] static std::size_t BytesOf(const ShelfItem& item);
  [[nodiscard]] bool IsRightFor(const FileMoment& moment, const Stored& stored, bool is_closed) const;
  [[nodiscard]] std::int64_t LastChange(const ShelfPlace& place) const;
  [[nodiscard]] bool Knows(const FileMoment& moment) const {
    return IsOfFile(moment) && moment.data_version <= seen_;
  }
  [[nodiscard]] bool IsOfFile(const FileMoment& moment) const {
    return has_file_ && moment.file == file_ && moment.utc_offset_s == utc_offset_s_;
  }
  void Remember(const BucketChange& change);
  void Remove(Order::iterator stored);
  void Clear();

  const std::size_t max_bytes_;
  mutable Mutex mutex_;
  // All below: protected by mutex_.
  std::uint64_t file_ = 0;
  std::int64_t utc_offset_s_ = 0;
  bool has_file_ = false;
  std::int64_t seen_ = 0;   ///< changes are known up to this version
  std::int64_t floor_ = 0;  ///< whatever is not in changes_ may have changed in this version, not later
  std::unordered_map<BucketName, std::int64_t, Hash> changes_;
  Order order_;  ///< the most recently used first
  std::unordered_map<ShelfPlace, Order::iterator, Hash> places_;
  std::size_t bytes_ = 0;
};

}  // namespace keymeter::query_api
