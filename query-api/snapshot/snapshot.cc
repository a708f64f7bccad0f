#include "query-api/snapshot/snapshot.h"

namespace keymeter::query_api {

Result<Snapshot> Snapshot::Take(ApiContext& context) {
  auto lease = context.pool.Take();
  if (!lease) return Fail(lease.error());
  auto state = ReadSourceState(*lease);
  if (!state) return Fail(state.error());
  return Snapshot{std::move(*lease), std::move(*state), context.clock.WallMs(), &context.blocks,
                  &context.sums};
}

}  // namespace keymeter::query_api
