#pragma once

#include <cstdint>
#include <memory>

#include "query-api/snapshot/series_catalog.h"
#include "schema/error.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

struct Snapshot;

/// The catalog of the file's series, read once and extended by what is new.
///
/// Threads: any; no lock is held across a read. Bounds: kLastSeries.
class CatalogCache {
 public:
  static constexpr std::int64_t kLastSeries = 1 << 24;  ///< four times what a processor gives out

  /// Of the snapshot's state or a newer one of the same file. Never null.
  [[nodiscard]] Result<std::shared_ptr<const SeriesCatalog>> Of(Snapshot& snapshot);

 private:
  struct Wanted;  ///< what a catalog must know to fit a snapshot

  [[nodiscard]] std::shared_ptr<const SeriesCatalog> Fitting(const Wanted& wanted) const;
  [[nodiscard]] Status Extend(Snapshot& snapshot, const Wanted& wanted);

  Mutex mutex_;
  // All below: protected by mutex_.
  std::uint64_t file_ = 0;
  std::unique_ptr<CatalogBuilder> builder_;
  std::shared_ptr<const SeriesCatalog> catalog_;
};

}  // namespace keymeter::query_api
