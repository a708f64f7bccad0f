#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "query-api/snapshot/catalog_cache.h"
#include "query-api/snapshot/usage_block.h"
#include "query-api/snapshot/versioned_block_cache.h"
#include "schema/error.h"

namespace keymeter::query_api {

struct Snapshot;

/// Usage by bucket, decoded and kept in memory: what is asked for again is not read from SQLite again.
///
/// An answer from here is what the snapshot's own SQL gives, always (see VersionedBlockCache and DESIGN.md).
/// A bucket is as its table has it: of hours, days and months that are open, minutes from `rolled_until` on
/// are not in it. Of a bucket before its level's horizon there are no rows. Threads: any; no lock is held
/// across a read. Bounds: `max_bytes` of blocks for all threads together, plus the catalog and the bucket in
/// hand. Two threads that miss the same bucket both read it.
class UsageBlocks {
 public:
  static constexpr std::size_t kDefaultMaxBytes = std::size_t{64} << 20U;

  using Block = std::shared_ptr<const UsageBlock>;
  /// Must not read blocks of the same table itself.
  using Visitor = std::function<void(std::int64_t bucket, const Block& block)>;
  using TotalVisitor = std::function<void(std::int64_t bucket, const BlockRow& total)>;

  explicit UsageBlocks(std::size_t max_bytes = kDefaultMaxBytes) : shelf_(max_bytes) {}

  /// The rows of one bucket of one level (kMinute … kMonth). Never null.
  [[nodiscard]] Result<Block> Get(Snapshot& snapshot, Level level, std::int64_t bucket);
  /// Every bucket of [from, to) in ascending order, also empty ones; `from` is a bucket's start. Those that
  /// are missing are read in one go.
  [[nodiscard]] Status Each(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to,
                            const Visitor& visit);
  /// The same, but of each bucket the sum over all API keys only: for spans whose rows would not fit.
  [[nodiscard]] Status EachTotal(Snapshot& snapshot, UsageTable table, std::int64_t from, std::int64_t to,
                                 const TotalVisitor& visit);
  /// Whose series they are; of the snapshot's state or a newer one.
  [[nodiscard]] Result<std::shared_ptr<const SeriesCatalog>> Catalog(Snapshot& snapshot) {
    return catalogs_.Of(snapshot);
  }

  [[nodiscard]] std::size_t bytes() const { return shelf_.bytes(); }

 private:
  struct Run;  ///< a stretch of buckets that are missing

  [[nodiscard]] Status Learn(Snapshot& snapshot);
  [[nodiscard]] Status ReadRows(Snapshot& snapshot, const Run& run, const Visitor& visit);
  [[nodiscard]] Status ReadTotals(Snapshot& snapshot, const Run& run, const TotalVisitor& visit);
  [[nodiscard]] std::int64_t EndOfMissing(Snapshot& snapshot, ShelfPlace place, std::int64_t to) const;

  VersionedBlockCache shelf_;
  CatalogCache catalogs_;
};

}  // namespace keymeter::query_api
