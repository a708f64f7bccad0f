#include "query-api/exports/report_selection.h"

#include <algorithm>

#include "query-api/endpoints/accounts.h"
#include "query-api/endpoints/api_keys.h"
#include "query-api/endpoints/day_range.h"
#include "query-api/endpoints/top_query.h"

namespace keymeter::query_api {

namespace {

using Kind = SeriesCatalog::Kind;
using Ids = std::unordered_set<std::string>;

bool Holds(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The first filter of the other list that is given.
Status RefuseFiltersOf(const std::vector<std::string_view>& others,
                       const std::vector<std::string_view>& known, const Params& params,
                       std::string_view what) {
  for (const std::string_view name : others)
    if (!Holds(known, name) && params.Text(name))
      return Fail(ErrorCode::kInvalid, "{} is no filter of {}: those are {}", name, what,
                  fmt::join(known, ", "));
  return {};
}

/// "a,b,c". An id with a comma is named alone, by the list's own search.
Ids SplitIds(std::string_view text) {
  Ids ids;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    if (end > 0) ids.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return ids;
}

bool IsFound(const ListFilter& filter, const EntityTotals* totals, const Statement& row) {
  if (filter.search && !filter.search->IsIn(row.Text(1)) && !filter.search->IsIn(row.Text(2)) &&
      !filter.search->IsIn(row.Text(3)))
    return false;
  return !filter.usage || filter.usage->Holds(totals->Of(row.Text(0)));
}

Result<Ids> IdsBy(Snapshot& snapshot, UsageCaches& caches, const ListSource& source, const ListFilter& filter,
                  Kind kind) {
  std::optional<EntityTotals> totals;
  if (filter.usage) {
    ASSIGN_OR_RETURN(auto read, EntityTotals::Read(snapshot, caches, kind));
    totals.emplace(std::move(read));
  }
  ASSIGN_OR_RETURN(auto query,
                   snapshot.lease.Prepare(fmt::format("SELECT {}, {} FROM {} WHERE {}", source.id,
                                                      source.searched, source.from, filter.sql.Where())));
  filter.sql.BindTo(*query);
  Ids ids;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return ids;
    if (IsFound(filter, totals ? &*totals : nullptr, *query)) ids.emplace(query->Text(0));
  }
}

}  // namespace

std::vector<std::string_view> ReportSelection::Params() {
  std::vector<std::string_view> names = ApiKeyFilterParams();
  for (const std::string_view name : AccountFilterParams())
    if (!Holds(names, name)) names.push_back(name);
  names.push_back("ids");
  return names;
}

Result<ReportSelection> ReportSelection::Read(Snapshot& snapshot, UsageCaches& caches,
                                              const query_api::Params& params, Kind kind) {
  const bool is_of_keys = kind == Kind::kApiKey;
  const auto of_keys = ApiKeyFilterParams();
  const auto of_accounts = AccountFilterParams();
  const auto& known = is_of_keys ? of_keys : of_accounts;
  RETURN_IF_ERROR(RefuseFiltersOf(is_of_keys ? of_accounts : of_keys, known, params,
                                  is_of_keys ? "API keys" : "accounts"));
  ReportSelection selection;
  if (const auto ids = params.Text("ids")) selection.ids_ = SplitIds(*ids);
  const bool has_filter = std::any_of(known.begin(), known.end(),
                                      [&](std::string_view name) { return params.Text(name).has_value(); });
  if (!has_filter) return selection;
  ASSIGN_OR_RETURN(const auto filter,
                   is_of_keys ? ApiKeyFilterOf(params, snapshot.now_ms) : AccountFilterOf(params));
  ASSIGN_OR_RETURN(auto found,
                   IdsBy(snapshot, caches, is_of_keys ? ApiKeySource() : AccountSource(), filter, kind));
  if (selection.ids_) std::erase_if(found, [&](const std::string& id) { return !selection.Has(id); });
  selection.ids_ = std::move(found);
  return selection;
}

Result<std::optional<SpanSums>> ReadSpanSums(Snapshot& snapshot, UsageCaches& caches, const Params& params,
                                             Kind kind) {
  if (!params.Text("startDate") && !params.Text("endDate")) return std::nullopt;
  const std::int64_t offset = snapshot.state.utc_offset_s;
  ASSIGN_OR_RETURN(const auto days, DayRange::Of(params, snapshot.now_ms, offset));
  const DayRange kept = days.WidenedTo(snapshot.state.horizons, offset);
  const GroupBy by = kind == Kind::kApiKey ? GroupBy::kApiKey : GroupBy::kAccount;
  ASSIGN_OR_RETURN(auto sums, TopSums::Read(snapshot, caches, {}, by, {kept.from, kept.to}));
  SpanSums by_id;
  for (TopSum& sum : sums.names) by_id.emplace(std::move(sum.id), sum.usage);
  return std::optional(std::move(by_id));
}

}  // namespace keymeter::query_api
