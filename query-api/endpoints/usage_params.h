#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "query-api/http/caller.h"
#include "query-api/http/http_types.h"
#include "query-api/http/params.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/series_selection.h"
#include "query-api/usage/slots.h"

/// What the endpoints under /api/stats ask in the same words.
namespace keymeter::query_api {

/// `start_ms`, `end_ms`. Errors are kInvalid and name the parameter; so below.
[[nodiscard]] Result<SlotRequest> SpanRequestOf(const Params& params);
/// `keyId`, `accountId`, `groupId` (one of them at most), `model`, `platform`.
[[nodiscard]] Result<SeriesFilter> SeriesFilterOf(const Params& params);
/// Why these usages cannot be grouped so; nothing when they can: no counter of the relay is for key x
/// account.
[[nodiscard]] Status CheckGrouping(const SeriesFilter& filter, GroupBy by, std::string_view name);
/// 403 for who groups by owners and may not see them.
[[nodiscard]] std::optional<Response> RefusalOfOwnerGroups(const Caller& caller, GroupBy by);
/// `metric`: "reqs", "tokens" or "cost" (also by its older name, quota_sum).
[[nodiscard]] Result<std::string_view> MetricOf(const Params& params);

/// Epoch seconds, on minutes; `to` is exclusive.
struct TimeSpan {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// What is asked for, or the last `default_s` seconds; snapped outward to minutes, and to the finest level
/// that is kept there.
[[nodiscard]] Result<TimeSpan> KeptSpan(const Snapshot& snapshot, const SlotRequest& request,
                                        std::int64_t default_s);
/// The slots that are asked for, as many more as the levels that are kept make necessary.
[[nodiscard]] Result<Slots> KeptSlots(const Snapshot& snapshot, const SlotRequest& request);

/// `X-Start-Ms`, `X-End-Ms`: which span the answer covers.
void AddSpanHeaders(Response& response, std::int64_t from, std::int64_t to);
/// `"id":"…","name":"…",` as text of a JSON object.
[[nodiscard]] std::string NameMembers(std::string_view id, std::string_view name);

}  // namespace keymeter::query_api
