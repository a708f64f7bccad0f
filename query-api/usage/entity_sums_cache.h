#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "query-api/snapshot/catalog_cache.h"
#include "query-api/snapshot/series_catalog.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/snapshot/usage_blocks.h"
#include "query-api/usage/entity_sums.h"
#include "schema/error.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// The newest sums of keys and of accounts, made once for each state of the file, for all threads that ask.
///
/// Making takes up to 0.3 s of reading. So one thread makes sums of a kind, and the others wait for it
/// without a snapshot: each snapshot holds one of the pool's eight connections; waiting threads would use up
/// all. Prepare says who must wait; AwaitMaker waits. Threads: any; the lock is held to look and
/// to keep, never across a read. Lifetime: borrows blocks and catalogs. Bounds: kKept states of each kind,
/// which share what did not change between them.
class EntitySumsCache {
 public:
  using Kind = SeriesCatalog::Kind;

  /// So that answers which began before the newest state was written find their own.
  static constexpr std::size_t kKept = 3;
  /// After that, who waits makes the sums too.
  static constexpr std::chrono::milliseconds kMaxWait{10'000};

  EntitySumsCache(UsageBlocks& blocks, CatalogCache& catalogs) : blocks_(blocks), catalogs_(catalogs) {}

  /// While it lives, others wait for sums of its kind. Lifetime: not beyond the cache.
  class Making {
   public:
    Making(EntitySumsCache& cache, Kind kind) : cache_(&cache), kind_(kind) {}
    Making(Making&& other) noexcept : cache_(std::exchange(other.cache_, nullptr)), kind_(other.kind_) {}
    Making& operator=(Making&&) = delete;
    ~Making() {
      if (cache_ != nullptr) cache_->EndMaking(kind_);
    }

   private:
    EntitySumsCache* cache_;
    Kind kind_;
  };

  /// Nothing when another thread is making sums of that kind.
  [[nodiscard]] std::optional<Making> StartMaking(Kind kind) EXCLUDES(mutex_);
  /// Sums of the snapshot's state; made here when they are missing, without waiting for another thread.
  [[nodiscard]] Result<std::shared_ptr<const EntitySums>> Of(Snapshot& snapshot, Kind kind) EXCLUDES(mutex_);
  /// Makes the sums when they are missing. False: another thread is making sums of that kind. The caller
  /// gives its snapshot back, calls AwaitMaker, and comes again with a new snapshot.
  [[nodiscard]] Result<bool> Prepare(Snapshot& snapshot, Kind kind) EXCLUDES(mutex_);
  /// Returns when no thread is making sums of that kind, or after kMaxWait. Not while holding a snapshot.
  void AwaitMaker(Kind kind) EXCLUDES(mutex_);
  /// Threads in AwaitMaker.
  [[nodiscard]] std::size_t waiting(Kind kind) const EXCLUDES(mutex_);

 private:
  struct OfKind {
    bool is_being_made = false;
    std::size_t waiting = 0;
    std::vector<std::shared_ptr<const EntitySums>> newest{};  ///< the last one is the newest
  };

  [[nodiscard]] OfKind& ListOf(Kind kind) REQUIRES(mutex_) { return kinds_[kind == Kind::kApiKey ? 0 : 1]; }
  [[nodiscard]] const OfKind& ListOf(Kind kind) const REQUIRES(mutex_) {
    return kinds_[kind == Kind::kApiKey ? 0 : 1];
  }
  [[nodiscard]] std::shared_ptr<const EntitySums> Find(const Snapshot& snapshot, Kind kind) EXCLUDES(mutex_);
  /// The newest sums that are no later than the snapshot; null when there are none.
  [[nodiscard]] std::shared_ptr<const EntitySums> BaseFor(const Snapshot& snapshot, Kind kind)
      EXCLUDES(mutex_);
  void Keep(std::shared_ptr<const EntitySums> sums) EXCLUDES(mutex_);
  void EndMaking(Kind kind) EXCLUDES(mutex_);

  UsageBlocks& blocks_;
  CatalogCache& catalogs_;
  mutable Mutex mutex_;
  CondVar made_;
  std::array<OfKind, 2> kinds_ GUARDED_BY(mutex_);
};

}  // namespace keymeter::query_api
