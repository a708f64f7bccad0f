#pragma once

#include <cstdint>
#include <string>

#include "query-api/connection_pool.h"
#include "query-api/router.h"
#include "query-api/source_state.h"
#include "schema/clock.h"

namespace keymeter::query_api {

class AnswerCache;
class ExportDesk;

/// What the handlers share. Lifetime: borrows all of it, which outlives the router.
struct ApiContext {
  ConnectionPool& pool;
  const Clock& clock;
  AnswerCache* answers = nullptr;  ///< null: every answer is made anew
  ExportDesk* exports = nullptr;   ///< null: there are no exports
};

/// What one answer is made from: one state of the file and one time of day. Threads: one.
struct Snapshot {
  Lease lease;
  SourceState state;
  std::int64_t now_ms;

  /// Errors are fit for clients (503).
  static Result<Snapshot> Take(ApiContext& context);
};

}  // namespace keymeter::query_api
