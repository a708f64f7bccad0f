#include "query-api/snapshot/snapshot.h"

namespace keymeter::query_api {

Result<Snapshot> Snapshot::Take(ConnectionPool& pool, const Clock& clock) {
  ASSIGN_OR_RETURN(auto lease, pool.Take());
  ASSIGN_OR_RETURN(auto state, ReadSourceState(lease));
  return Snapshot{std::move(lease), std::move(state), clock.WallMs()};
}

}  // namespace keymeter::query_api
