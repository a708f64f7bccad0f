#pragma once

#include "query-api/endpoints/kept_orders.h"
#include "query-api/snapshot/connection_pool.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_caches.h"
#include "schema/clock.h"
#include "schema/error.h"

namespace keymeter::query_api {

class ResponseCache;
class ExportLimiter;

/// What the handlers share.
///
/// Threads: any. Lifetime: borrows all but caches and orders, and outlives the router.
/// Tested by tests/query-api/endpoints/cached_response_test.cc.
struct ApiContext {
  ConnectionPool& pool;
  const Clock& clock;
  ResponseCache* responses = nullptr;  ///< null: every answer is made anew
  ExportLimiter* exports = nullptr;    ///< null: there are no exports
  UsageCaches caches{};
  KeptOrders orders{};

  /// The file as it is now. Errors are fit for clients (503).
  [[nodiscard]] Result<Snapshot> TakeSnapshot() const { return Snapshot::Take(pool, clock); }
};

}  // namespace keymeter::query_api
