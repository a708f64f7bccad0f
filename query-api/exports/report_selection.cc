#include "query-api/exports/report_selection.h"

#include <algorithm>

#include "query-api/endpoints/accounts.h"
#include "query-api/endpoints/api_keys.h"
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

Result<Ids> IdsBy(Snapshot& snapshot, UsageCaches& caches, const ListFilter& filter, Kind kind) {
  std::optional<EntityTotals> totals;
  if (filter.usage) {
    ASSIGN_OR_RETURN(auto read, EntityTotals::Read(snapshot, caches, kind));
    totals.emplace(std::move(read));
  }
  const ListSource& source = kind == Kind::kApiKey ? ApiKeySource() : AccountSource();
  ASSIGN_OR_RETURN(auto query,
                   snapshot.lease.Prepare(fmt::format("SELECT {}, {} FROM {} WHERE {}", source.id,
                                                      source.searched, source.from, filter.sql.Where())));
  filter.sql.BindTo(*query);
  Ids ids;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return ids;
    const auto usage = totals ? std::optional(totals->Of(query->Text(0))) : std::nullopt;
    if (filter.Holds(*query, 1, usage)) ids.emplace(query->Text(0));
  }
}

}  // namespace

std::vector<std::string_view> ReportFilter::Params() {
  std::vector<std::string_view> names = ApiKeyFilterParams();
  for (const std::string_view name : AccountFilterParams())
    if (!Holds(names, name)) names.push_back(name);
  names.push_back("ids");
  return names;
}

Result<ReportFilter> ReportFilter::Of(const query_api::Params& params, Kind kind, std::int64_t now_ms) {
  const bool is_of_keys = kind == Kind::kApiKey;
  const auto of_keys = ApiKeyFilterParams();
  const auto of_accounts = AccountFilterParams();
  const auto& known = is_of_keys ? of_keys : of_accounts;
  RETURN_IF_ERROR(RefuseFiltersOf(is_of_keys ? of_accounts : of_keys, known, params,
                                  is_of_keys ? "API keys" : "accounts"));
  ReportFilter wanted{kind};
  if (const auto ids = params.Text("ids")) wanted.ids = SplitIds(*ids);
  const bool has_filter = std::any_of(known.begin(), known.end(),
                                      [&](std::string_view name) { return params.Text(name).has_value(); });
  if (!has_filter) return wanted;
  ASSIGN_OR_RETURN(auto filter, is_of_keys ? ApiKeyFilterOf(params, now_ms) : AccountFilterOf(params));
  wanted.filter = std::move(filter);
  return wanted;
}

Result<ReportSelection> ReportSelection::Read(Snapshot& snapshot, UsageCaches& caches,
                                              const ReportFilter& wanted) {
  ReportSelection selection;
  selection.ids_ = wanted.ids;
  if (!wanted.filter) return selection;
  ASSIGN_OR_RETURN(auto found, IdsBy(snapshot, caches, *wanted.filter, wanted.kind));
  std::erase_if(found, [&](const std::string& id) { return !selection.Has(id); });
  selection.ids_ = std::move(found);
  return selection;
}

Result<SpanSums> ReadSpanSums(Snapshot& snapshot, UsageCaches& caches, const DayRange& days, Kind kind) {
  const DayRange kept = days.WidenedTo(snapshot.state.horizons, snapshot.state.utc_offset_s);
  const GroupBy by = kind == Kind::kApiKey ? GroupBy::kApiKey : GroupBy::kAccount;
  ASSIGN_OR_RETURN(auto sums, TopSums::Read(snapshot, caches, {}, by, {kept.from, kept.to}));
  SpanSums by_id;
  for (TopSum& sum : sums.names) by_id.emplace(std::move(sum.id), sum.usage);
  return by_id;
}

}  // namespace keymeter::query_api
