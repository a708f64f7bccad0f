#include "query-api/snapshot/snapshot.h"

namespace keymeter::query_api {

Result<Snapshot> Snapshot::Take(ApiContext& context) {
  ASSIGN_OR_RETURN(auto lease, context.pool.Take());
  ASSIGN_OR_RETURN(auto state, ReadSourceState(lease));
  return Snapshot{std::move(lease), std::move(state), context.clock.WallMs(), &context.blocks, &context.sums};
}

}  // namespace keymeter::query_api
