#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"
#include "query-api/snapshot/series_catalog.h"

/// What every answer about the file has in common: one snapshot, an ETag, 304 for clients that have it
/// already.
namespace keymeter::query_api {

/// Whether an answer changes by itself as time passes: it holds a rate, or "today".
enum class Freshness : std::uint8_t { kChangesWithData, kChangesWithTime };

using FreshnessOf = std::function<Result<Freshness>(Snapshot&)>;
using MakeResponse = std::function<Result<Response>(Snapshot&)>;

/// Takes a snapshot and answers from it with `make`, or with 304.
///
/// The ETag is the file's data version, the request's target and the caller's role; of what changes with
/// time, also the time in steps of the flush interval, so that a rate can fall to zero. Only a 200 carries
/// it. An answer that `context.responses` still has is not made again. A thread that waits for another one
/// holds no snapshot meanwhile.
[[nodiscard]] Result<Response> CachedResponse(ApiContext& context, const Call& call, Freshness freshness,
                                              const MakeResponse& make);
/// For answers whose freshness depends on what they hold.
[[nodiscard]] Result<Response> CachedResponse(ApiContext& context, const Call& call,
                                              const FreshnessOf& freshness, const MakeResponse& make);
/// For answers that read the sums of all entities of these kinds (EntityTotals): they are there when `make`
/// is called.
[[nodiscard]] Result<Response> CachedResponse(ApiContext& context, const Call& call, Freshness freshness,
                                              std::initializer_list<SeriesCatalog::Kind> sums,
                                              const MakeResponse& make);

}  // namespace keymeter::query_api
