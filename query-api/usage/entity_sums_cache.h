#pragma once

#include <array>
#include <memory>
#include <vector>

#include "query-api/snapshot/series_catalog.h"
#include "schema/error.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

class EntitySums;
struct Snapshot;

/// The newest sums of keys and of accounts, made once a state of the file for all who ask.
///
/// Threads: any. Who needs sums that another thread is making waits for them: making them anew would take as
/// long. Bounds: kKept states of each kind, which share what did not change between them.
class EntitySumsCache {
 public:
  /// Answers that began before the newest state was written find theirs too.
  static constexpr std::size_t kKept = 3;

  [[nodiscard]] Result<std::shared_ptr<const EntitySums>> Of(Snapshot& snapshot, SeriesCatalog::Kind kind);

 private:
  struct Shelf {
    Mutex making;  ///< held while sums are made
    Mutex mutex;
    std::vector<std::shared_ptr<const EntitySums>>
        newest;  ///< the last one is the newest; protected by mutex
  };

  [[nodiscard]] static std::shared_ptr<const EntitySums> Find(Shelf& shelf, const Snapshot& snapshot);
  /// The newest that is no later than the snapshot; null when there is none.
  [[nodiscard]] static std::shared_ptr<const EntitySums> BaseFor(Shelf& shelf, const Snapshot& snapshot);
  static void Keep(Shelf& shelf, std::shared_ptr<const EntitySums> sums);

  Shelf keys_;
  Shelf accounts_;
};

}  // namespace keymeter::query_api
