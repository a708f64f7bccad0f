#pragma once

#include <cstdint>
#include <string>

#include "query-api/connection_pool.h"
#include "query-api/router.h"
#include "query-api/source_state.h"
#include "schema/clock.h"

namespace keymeter::query_api {

/// What the handlers share. Lifetime: borrows both, which outlive the router.
struct ApiContext {
  ConnectionPool& pool;
  const Clock& clock;
};

/// What one answer is made from: one state of the file and one time of day. Threads: one.
struct Snapshot {
  Lease lease;
  SourceState state;
  std::int64_t now_ms;

  /// Errors are fit for clients (503).
  static Result<Snapshot> Take(ApiContext& context);
};

/// Whether an answer changes by itself as time passes: it holds a rate, or "today".
enum class Freshness : std::uint8_t { kChangesWithData, kChangesWithTime };

/// The ETag of an answer: the file's data version and the request's target; with time, also the time in steps
/// of the flush interval, so that a rate can fall to zero.
[[nodiscard]] std::string EtagOf(const Snapshot& snapshot, const Request& request, Freshness freshness);
/// `If-None-Match` names this ETag.
[[nodiscard]] bool IsNotModified(const Request& request, const std::string& etag);
/// 304 with the ETag.
[[nodiscard]] Response NotModified(const std::string& etag);
/// 200 with the ETag.
[[nodiscard]] Response Fresh(const Json& body, const std::string& etag);

}  // namespace keymeter::query_api
