#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "query-api/snapshot/series_catalog.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/snapshot/usage_block.h"
#include "query-api/snapshot/versioned_block_cache.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// Usage by bucket, decoded and kept in memory: what is asked for again is not read from SQLite again.
///
/// An answer from here is what the snapshot's own SQL gives, always (see VersionedBlockCache and DESIGN.md).
/// A bucket is as its table has it: open hours, days and months lack the minutes from `rolled_until` on. A
/// bucket before its level's horizon has no rows.
/// Threads: any; no lock is held across a read, so two threads that miss the same bucket both read it.
/// Bounds: `max_bytes` of blocks for all threads together, plus the bucket that each thread is reading.
class UsageBlocks {
 public:
  static constexpr std::size_t kDefaultMaxBytes = std::size_t{64} << 20U;

  using Block = std::shared_ptr<const UsageBlock>;
  /// Must not read blocks of the same table itself.
  using Visitor = std::function<void(std::int64_t bucket, const Block& block)>;
  using TotalVisitor = std::function<void(std::int64_t bucket, const BlockRow& total)>;

  explicit UsageBlocks(std::size_t max_bytes = kDefaultMaxBytes) : cache_(max_bytes) {}

  /// The rows of one bucket of one level (kMinute … kMonth). Never null.
  [[nodiscard]] Result<Block> Get(Snapshot& snapshot, Level level, std::int64_t bucket);
  /// Every bucket of [from, to) in ascending order, also empty ones; `from` is a bucket's start. Buckets in a
  /// row that are missing are read by one query.
  [[nodiscard]] Status Each(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to,
                            const Visitor& visit);
  /// The same with only the sum over all API keys of each bucket: for spans whose rows would not fit. The
  /// catalog is the snapshot's (see CatalogCache).
  [[nodiscard]] Status EachTotal(Snapshot& snapshot, const SeriesCatalog& catalog, UsageTable table,
                                 std::int64_t from, std::int64_t to, const TotalVisitor& visit);

  [[nodiscard]] std::size_t bytes() const { return cache_.bytes(); }

 private:
  struct Run;  ///< consecutive buckets that are missing

  [[nodiscard]] Status AddChanges(Snapshot& snapshot);
  [[nodiscard]] Status ReadRows(Snapshot& snapshot, const Run& run, const Visitor& visit);
  [[nodiscard]] Status ReadTotals(Snapshot& snapshot, const SeriesCatalog& catalog, const Run& run,
                                  const TotalVisitor& visit);
  /// The end of the run of missing buckets that begins with the key's.
  [[nodiscard]] std::int64_t EndOfMissing(const Snapshot& snapshot, BucketKey key, std::int64_t to) const;

  VersionedBlockCache cache_;
};

}  // namespace keymeter::query_api
