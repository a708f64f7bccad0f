#include "query-api/usage/series_query.h"

#include <algorithm>

#include "query-api/usage/display_names.h"

namespace keymeter::query_api {

namespace {

std::string_view ExistsSql(SeriesFilter::Scope scope) {
  switch (scope) {
    case SeriesFilter::Scope::kAllKeys:
    case SeriesFilter::Scope::kAccounts:
      return "SELECT ?1 = ''";
    case SeriesFilter::Scope::kKey:
      return "SELECT EXISTS (SELECT 1 FROM api_key WHERE id = ?1) OR "
             "EXISTS (SELECT 1 FROM series WHERE kind = 'api_key' AND entity = ?1)";
    case SeriesFilter::Scope::kAccount:
      return "SELECT EXISTS (SELECT 1 FROM account WHERE id = ?1) OR "
             "EXISTS (SELECT 1 FROM series WHERE kind = 'account' AND entity = ?1)";
    case SeriesFilter::Scope::kGroup:
      return "SELECT EXISTS (SELECT 1 FROM account_group WHERE id = ?1 AND NOT gone)";
  }
  return "SELECT false";
}

}  // namespace

Result<bool> EntityExists(Snapshot& snapshot, const SeriesFilter& filter) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(ExistsSql(filter.scope)));
  query->Bind(1, filter.id);
  RETURN_IF_ERROR(query->Step());
  return query->Int(0) != 0;
}

Result<bool> HasOpenUntimed(Snapshot& snapshot) {
  constexpr std::string_view kSql = R"(
      SELECT EXISTS (SELECT 1 FROM usage_untimed WHERE level = 'hour' AND bucket >= ?1)
        OR EXISTS (SELECT 1 FROM usage_untimed WHERE level = 'day' AND bucket >= ?2)
        OR EXISTS (SELECT 1 FROM usage_untimed WHERE level = 'month' AND bucket >= ?3))";
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(kSql));
  int position = 0;
  for (const Level level : {Level::kHour, Level::kDay, Level::kMonth})
    query->Bind(++position, BucketOf(level, snapshot.now_ms / 1000, snapshot.state.utc_offset_s));
  RETURN_IF_ERROR(query->Step());
  return query->Int(0) != 0;
}

Status SeriesQuery::Read(const SeriesSelection& selection, const Slots& slots, SeriesRows& rows) {
  ASSIGN_OR_RETURN(auto reader, PlanReader::Make(snapshot_, caches_.blocks, selection));
  ASSIGN_OR_RETURN(const auto plan, reader.Plan(slots.start(), slots.end(), slots.level()));
  const std::size_t most_names = std::max<std::size_t>(1, kMaxRows / slots.count());
  const auto has_room = [&] { return rows.used_names() <= most_names; };
  for (const PlanStep& step : plan.whole()) {
    RETURN_IF_ERROR(reader.Read(step, [&](std::int64_t bucket, std::uint32_t series, const UsageSum& usage) {
      for (const std::uint32_t name : selection.NamesOf(series))
        if (has_room()) rows.AddTimed(bucket, selection.MemberOf(series, name), usage, name);
    }));
  }
  for (const auto& [steps, mode] :
       {std::pair(&plan.spread(), SeriesRows::SpreadMode::kOverUncoveredTime),
        std::pair(&plan.spread_evenly(), SeriesRows::SpreadMode::kOverWholeBucket)})
    for (const PlanStep& step : *steps) {
      const Level level = LevelOf(step.table);
      RETURN_IF_ERROR(reader.Read(
          step, [&, mode = mode](std::int64_t bucket, std::uint32_t series, const UsageSum& usage) {
            const std::int64_t end = NextBucket(level, bucket, slots.utc_offset_s());
            for (const std::uint32_t name : selection.NamesOf(series))
              if (has_room())
                rows.AddUntimed(bucket, end, selection.MemberOf(series, name), usage, mode, name);
          }));
    }
  if (has_room()) return {};
  return Fail(
      ErrorCode::kInvalid,
      "more than {} names in {} slots each, at most {} rows are given: ask for a shorter span, longer "
      "slots, or a filter",
      most_names, slots.count(), kMaxRows);
}

Result<std::vector<SeriesRow>> SeriesQuery::Rows(const Slots& slots) {
  ASSIGN_OR_RETURN(const auto selection,
                   SeriesSelection::Make(snapshot_, caches_.catalogs, filter_, GroupBy::kNothing));
  SeriesRows rows(slots);
  RETURN_IF_ERROR(Read(selection, slots, rows));
  ASSIGN_OR_RETURN(const auto covered, ReadCoveredMinutes(snapshot_, rows.CoverageSpan()));
  return rows.Finish(covered, snapshot_.now_ms);
}

Result<std::vector<NamedSeries>> SeriesQuery::NamedRows(const Slots& slots, GroupBy by) {
  ASSIGN_OR_RETURN(const auto selection, SeriesSelection::Make(snapshot_, caches_.catalogs, filter_, by));
  SeriesRows rows(slots);
  RETURN_IF_ERROR(Read(selection, slots, rows));
  ASSIGN_OR_RETURN(const auto covered, ReadCoveredMinutes(snapshot_, rows.CoverageSpan()));
  auto by_name = rows.FinishNames(covered, snapshot_.now_ms);
  ASSIGN_OR_RETURN(const auto display_names, DisplayNames::Read(snapshot_, by));
  std::vector<NamedSeries> named;
  for (std::size_t i = 0; i < by_name.size(); ++i) {
    if (by_name[i].empty()) continue;
    ASSIGN_OR_RETURN(auto name, display_names.Of(snapshot_, selection.names()[i]));
    named.push_back({selection.names()[i], std::move(name), std::move(by_name[i])});
  }
  std::sort(named.begin(), named.end(),
            [](const NamedSeries& a, const NamedSeries& b) { return a.id < b.id; });
  return named;
}

Result<CoveredMinutes> ReadCoveredMinutes(Snapshot& snapshot, Piece span) {
  constexpr std::string_view kSql =
      "SELECT bucket, covered_ms FROM coverage WHERE bucket >= ?1 AND bucket < ?2 ORDER BY bucket";
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(kSql));
  query->Bind(1, span.from).Bind(2, span.to);
  CoveredMinutes covered;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return covered;
    covered.Add(query->Int(0), query->Int(1));
  }
}

}  // namespace keymeter::query_api
