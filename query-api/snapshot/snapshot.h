#pragma once

#include <cstdint>
#include <string>

#include "query-api/http/router.h"
#include "query-api/snapshot/connection_pool.h"
#include "query-api/snapshot/source_state.h"
#include "query-api/snapshot/usage_blocks.h"
#include "query-api/usage/entity_sums_cache.h"
#include "schema/clock.h"

namespace keymeter::query_api {

class ResponseCache;
class ExportLimiter;

/// What the handlers share. Lifetime: borrows all but the blocks, which outlives the router.
struct ApiContext {
  ConnectionPool& pool;
  const Clock& clock;
  ResponseCache* answers = nullptr;  ///< null: every answer is made anew
  ExportLimiter* exports = nullptr;  ///< null: there are no exports
  UsageBlocks blocks{};
  EntitySumsCache sums{};
};

/// What one answer is made from: one state of the file and one time of day. Threads: one.
struct Snapshot {
  Lease lease;
  SourceState state;
  std::int64_t now_ms;
  UsageBlocks* blocks;
  EntitySumsCache* sums;
  bool knows_changes = false;  ///< of UsageBlocks: the changes up to this state are on its shelf

  /// Errors are fit for clients (503).
  static Result<Snapshot> Take(ApiContext& context);
};

}  // namespace keymeter::query_api
