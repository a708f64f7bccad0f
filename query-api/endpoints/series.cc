#include "query-api/endpoints/series.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "query-api/endpoints/cached_response.h"
#include "query-api/endpoints/csv_answer.h"
#include "query-api/endpoints/usage_json.h"
#include "query-api/endpoints/usage_params.h"
#include "query-api/usage/series_query.h"
#include "query-api/usage/slots.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

Result<SlotRequest> SlotRequestOf(const Params& params) {
  auto request = SpanRequestOf(params);
  if (!request) return request;
  ASSIGN_OR_RETURN(const auto slot, params.Int("slot_sec", kMinuteSeconds, 366 * kDaySeconds));
  request->slot_sec = slot;
  if (params.Text("unit")) {
    ASSIGN_OR_RETURN(const auto unit, params.OneOf("unit", {"day", "week", "month"}));
    if (unit == "day" && slot) return Fail(ErrorCode::kInvalid, "slot_sec and unit exclude each other");
    if (unit == "day") {
      request->slot_sec = kDaySeconds;
    } else {
      request->unit = unit;
    }
  }
  return request;
}

Result<GroupBy> GroupingOf(const Params& params, const SeriesFilter& filter) {
  if (!params.Text("by")) return GroupBy::kNothing;
  static const std::vector<std::pair<std::string_view, GroupBy>> groupings = {
      {"model", GroupBy::kModel},     {"platform", GroupBy::kPlatform}, {"apikey", GroupBy::kApiKey},
      {"account", GroupBy::kAccount}, {"group", GroupBy::kGroup},       {"owner", GroupBy::kOwner},
      {"tag", GroupBy::kTag}};
  std::vector<std::string_view> names;
  names.reserve(groupings.size());
  for (const auto& [name, by] : groupings) names.push_back(name);
  ASSIGN_OR_RETURN(const auto asked, params.OneOf("by", names));
  const auto found = std::find_if(groupings.begin(), groupings.end(),
                                  [&](const auto& grouping) { return grouping.first == asked; });
  RETURN_IF_ERROR(CheckGrouping(filter, found->second, asked));
  return found->second;
}

/// A row's members as text: a grouped answer has tens of thousands of them, and a tree of values takes ten
/// times as long.
void AppendRow(std::string& body, const SeriesRow& row, std::string_view names, bool is_of_keys) {
  const auto out = std::back_inserter(body);
  fmt::format_to(out,
                 R"({}{{"bucket":"{}",{}"reqs":{},"tokens":{},"inputTokens":{},"outputTokens":{},)"
                 R"("cacheCreateTokens":{},"cacheReadTokens":{},"cost":{},)",
                 body.size() > 1 ? "," : "", FormatRfc3339(row.bucket * 1000), names, row.usage.requests,
                 row.usage.TotalTokens(), row.usage.input_tokens, row.usage.output_tokens,
                 row.usage.cache_create_tokens, row.usage.cache_read_tokens, CostJson(row.usage).dump());
  if (is_of_keys) {
    fmt::format_to(out, R"("users":{},"tokens_cnt":{},)", row.owners, row.entities);
  } else {
    body += R"("users":null,"tokens_cnt":null,)";
  }
  fmt::format_to(out, R"("estimated":{},"coverage":{})", row.estimated, Json(row.coverage).dump());
  if (row.usage.unpriced_requests > 0)
    fmt::format_to(out, R"(,"unpricedRequests":{})", row.usage.unpriced_requests);
  body += "}";
}

constexpr std::string_view kCsvAmounts =
    "reqs,tokens,inputTokens,outputTokens,cacheCreateTokens,cacheReadTokens,cost,users,tokens_cnt,estimated,"
    "coverage,unpricedRequests\r\n";

/// A line of the same; `names` are the cells of id and name, each with its comma.
void AppendLine(std::string& body, const SeriesRow& row, std::string_view names, bool is_of_keys) {
  const auto out = std::back_inserter(body);
  const UsageSum& usage = row.usage;
  const auto usd = usage.CostUsd();
  fmt::format_to(out, "{},{}{},{},{},{},{},{},{},", FormatRfc3339(row.bucket * 1000), names, usage.requests,
                 usage.TotalTokens(), usage.input_tokens, usage.output_tokens, usage.cache_create_tokens,
                 usage.cache_read_tokens, usd ? Json(*usd).dump() : "");
  if (is_of_keys) {
    fmt::format_to(out, "{},{},", row.owners, row.entities);
  } else {
    body += ",,";
  }
  fmt::format_to(out, "{},{},{}\r\n", row.estimated, Json(row.coverage).dump(), usage.unpriced_requests);
}

std::string NameCells(std::string_view id, std::string_view name) {
  std::string cells;
  for (const std::string_view text : {id, name}) {
    AppendCsvText(cells, text);
    cells.push_back(',');
  }
  return cells;
}

/// Slot after slot, in each the names in the order of their ids.
std::string NamedBody(const std::vector<NamedSeries>& series, std::size_t slots, bool is_of_keys,
                      bool is_csv) {
  std::vector<std::string> names;
  names.reserve(series.size());
  for (const NamedSeries& each : series)
    names.push_back(is_csv ? NameCells(each.id, each.name) : NameMembers(each.id, each.name));
  const auto append = is_csv ? AppendLine : AppendRow;
  std::string body = is_csv ? fmt::format("bucket,id,name,{}", kCsvAmounts) : "[";
  for (std::size_t slot = 0; slot < slots; ++slot)
    for (std::size_t i = 0; i < series.size(); ++i) append(body, series[i].rows[slot], names[i], is_of_keys);
  return is_csv ? body : body + "]";
}

Result<std::string> BodyOf(SeriesQuery& query, const Slots& slots, const SeriesFilter& filter, GroupBy by,
                           bool is_csv) {
  const bool is_of_keys = filter.IsOfKeys() && !IsOfAccounts(by);
  if (by != GroupBy::kNothing) {
    ASSIGN_OR_RETURN(const auto named, query.NamedRows(slots, by));
    return NamedBody(named, slots.count(), is_of_keys, is_csv);
  }
  ASSIGN_OR_RETURN(const auto rows, query.Rows(slots));
  const auto append = is_csv ? AppendLine : AppendRow;
  std::string body = is_csv ? fmt::format("bucket,{}", kCsvAmounts) : "[";
  for (const SeriesRow& row : rows) append(body, row, "", is_of_keys);
  return is_csv ? body : body + "]";
}

Result<Response> SeriesAnswer(Snapshot& snapshot, UsageCaches& caches, const SlotRequest& request,
                              const SeriesFilter& filter, GroupBy by, bool is_csv) {
  ASSIGN_OR_RETURN(const auto slots, KeptSlots(snapshot, request));
  ASSIGN_OR_RETURN(const auto exists, EntityExists(snapshot, filter));
  if (!exists) return Problem(404, "there is no key, account or group with this id");
  SeriesQuery query(snapshot, caches, filter);
  ASSIGN_OR_RETURN(auto body, BodyOf(query, slots, filter, by, is_csv));
  Response response = is_csv ? CsvFile(std::move(body), "series") : TextResponse(std::move(body), kJsonType);
  AddSpanHeaders(response, slots.start(), slots.end());
  return response;
}

}  // namespace

std::vector<std::string_view> SeriesParams() {
  return {"start_ms", "end_ms", "slot_sec", "unit", "keyId", "accountId",
          "groupId",  "model",  "platform", "by",   "format"};
}

Result<Response> StatsSeries(ApiContext& context, const Call& call) {
  ASSIGN_OR_RETURN(const auto request, SlotRequestOf(call.params));
  ASSIGN_OR_RETURN(const auto filter, SeriesFilterOf(call.params));
  ASSIGN_OR_RETURN(const auto by, GroupingOf(call.params, filter));
  ASSIGN_OR_RETURN(const bool is_csv, WantsCsv(call.params));
  if (auto refusal = RefusalOfOwnerGroups(call.caller, by)) return std::move(*refusal);
  const auto freshness = [&](Snapshot& snapshot) -> Result<Freshness> {
    ASSIGN_OR_RETURN(const auto slots, KeptSlots(snapshot, request));
    ASSIGN_OR_RETURN(const auto is_spread_to_now, HasOpenUntimed(snapshot));
    // The running part also changes by its coverage.
    const bool is_over = slots.end() * 1000 <= snapshot.now_ms && !is_spread_to_now;
    return is_over ? Freshness::kChangesWithData : Freshness::kChangesWithTime;
  };
  return CachedResponse(context, call, freshness, [&](Snapshot& snapshot) {
    return SeriesAnswer(snapshot, context.caches, request, filter, by, is_csv);
  });
}

}  // namespace keymeter::query_api
