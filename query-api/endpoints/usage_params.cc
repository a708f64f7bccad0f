#include "query-api/endpoints/usage_params.h"

#include <utility>

#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

std::string JsonText(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Result<SlotRequest> SpanRequestOf(const Params& params) {
  SlotRequest request;
  ASSIGN_OR_RETURN(const auto start, params.Int("start_ms", 0, Slots::kLastMs));
  ASSIGN_OR_RETURN(const auto end, params.Int("end_ms", 0, Slots::kLastMs));
  request.start_ms = start;
  request.end_ms = end;
  return request;
}

Result<SeriesFilter> SeriesFilterOf(const Params& params) {
  using Scope = SeriesFilter::Scope;
  SeriesFilter filter;
  for (const auto& [name, scope] : {std::pair("keyId", Scope::kKey), std::pair("accountId", Scope::kAccount),
                                    std::pair("groupId", Scope::kGroup)}) {
    const auto id = params.Text(name);
    if (!id) continue;
    if (filter.scope != Scope::kAllKeys)
      return Fail(
          ErrorCode::kInvalid,
          "keyId, accountId and groupId exclude each other: the relay keeps no counter for key x account");
    filter.scope = scope;
    filter.id = std::string(*id);
  }
  if (const auto model = params.Text("model")) filter.model = std::string(*model);
  if (const auto platform = params.Text("platform")) filter.platform = std::string(*platform);
  if (filter.platform && filter.scope == Scope::kKey)
    return Fail(ErrorCode::kInvalid,
                "keyId and platform exclude each other: the relay keeps no counter for key x account");
  return filter;
}

Status CheckGrouping(const SeriesFilter& filter, GroupBy by, std::string_view name) {
  if (filter.scope == SeriesFilter::Scope::kKey && IsOfAccounts(by))
    return Fail(
        ErrorCode::kInvalid,
        "keyId excludes by={}: the relay keeps no counter for key x account; by takes model, apikey, owner "
        "or tag",
        name);
  if (!filter.IsOfKeys() && IsOfKeysOnly(by))
    return Fail(
        ErrorCode::kInvalid,
        "accountId, groupId and platform exclude by={}: the relay keeps no counter for key x account; by "
        "takes model, platform, account or group",
        name);
  return {};
}

std::optional<Response> RefusalOfOwnerGroups(const Caller& caller, GroupBy by) {
  if (by != GroupBy::kOwner || caller.IsAdmin()) return std::nullopt;
  return Problem(403, "by=owner is for the role admin: others do not see who owns a key");
}

Result<std::string_view> MetricOf(const Params& params) {
  auto metric = params.OneOf("metric", {"reqs", "tokens", "cost", "quota_sum"});
  if (metric && *metric == "quota_sum") return "cost";
  return metric;
}

Result<TimeSpan> KeptSpan(const Snapshot& snapshot, const SlotRequest& request, std::int64_t default_s) {
  const std::int64_t default_ms = default_s * 1000;
  std::int64_t end_ms = request.end_ms.value_or(snapshot.now_ms);
  if (request.start_ms && !request.end_ms && *request.start_ms >= snapshot.now_ms)
    end_ms = *request.start_ms + default_ms;
  const std::int64_t start_ms = request.start_ms.value_or(end_ms > default_ms ? end_ms - default_ms : 0);
  if (start_ms >= end_ms) return Fail(ErrorCode::kInvalid, "end_ms must be after start_ms");
  const std::int64_t offset = snapshot.state.utc_offset_s;
  const std::int64_t last = (end_ms - 1) / 1000;
  const Level first_level = snapshot.state.horizons.KeptLevel(Level::kMinute, start_ms / 1000);
  const Level last_level = snapshot.state.horizons.KeptLevel(Level::kMinute, last);
  return TimeSpan{BucketOf(first_level, start_ms / 1000, offset),
                  NextBucket(last_level, BucketOf(last_level, last, offset), offset)};
}

Result<Slots> KeptSlots(const Snapshot& snapshot, const SlotRequest& request) {
  ASSIGN_OR_RETURN(auto asked, Slots::Make(request, snapshot.now_ms, snapshot.state.utc_offset_s));
  return asked.WidenedTo(snapshot.state.horizons);
}

void AddSpanHeaders(Response& response, std::int64_t from, std::int64_t to) {
  response.headers.push_back({"X-Start-Ms", fmt::format("{}", from * 1000)});
  response.headers.push_back({"X-End-Ms", fmt::format("{}", to * 1000)});
}

std::string NameMembers(std::string_view id, std::string_view name) {
  return fmt::format(R"("id":{},"name":{},)", JsonText(id), JsonText(name));
}

}  // namespace keymeter::query_api
