#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "query-api/snapshot/series_catalog.h"
#include "query-api/snapshot/snapshot.h"
#include "schema/error.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// Whose a row of `api_key` is, as SQL: the relay's user, or his name where it says no more; "": nobody's.
inline constexpr std::string_view kOwnerSql = "iif(user_id <> '', user_id, user_username)";

/// The catalog of the file's series, read once and extended by what is new.
///
/// Threads: any; the lock is held to look and to publish, never across a read: two threads that miss the same
/// series both read them. Bounds: kLastSeries series.
class CatalogCache {
 public:
  static constexpr std::int64_t kLastSeries = 1 << 24;  ///< four times as many as a processor numbers

  /// The catalog of the snapshot's state, or a newer one of the same file, which holds all of it. Never null.
  [[nodiscard]] Result<std::shared_ptr<const SeriesCatalog>> Of(Snapshot& snapshot) EXCLUDES(mutex_);

 private:
  /// What a catalog must hold to be of use for a snapshot. Read from the file itself: series and owners
  /// change far less often than its data.
  struct Required {
    std::uint64_t file = 0;
    std::int64_t last_series = 0;
    std::int64_t owners_version = 0;
  };

  [[nodiscard]] static Result<Required> ReadRequired(Snapshot& snapshot);
  /// The published catalog when it holds what is required; else null.
  [[nodiscard]] std::shared_ptr<const SeriesCatalog> FindFor(const Required& required) const REQUIRES(mutex_);
  [[nodiscard]] Status Extend(Snapshot& snapshot, const Required& required) EXCLUDES(mutex_);

  Mutex mutex_;
  std::uint64_t file_ GUARDED_BY(mutex_) = 0;
  std::unique_ptr<CatalogBuilder> builder_ GUARDED_BY(mutex_);
  std::shared_ptr<const SeriesCatalog> catalog_ GUARDED_BY(mutex_);
};

}  // namespace keymeter::query_api
