#include "query-api/series_query.h"

#include <algorithm>

namespace keymeter::query_api {

namespace {

std::string_view Condition(SeriesFilter::Scope scope) {
  switch (scope) {
    case SeriesFilter::Scope::kAllKeys:
      return "?1 = ''";
    case SeriesFilter::Scope::kKey:
    case SeriesFilter::Scope::kAccount:
      return "s.entity = ?1";
    case SeriesFilter::Scope::kGroup:
      return "s.entity IN (SELECT account FROM group_member WHERE group_id = ?1)";
  }
  return "false";
}

std::string_view ExistsSql(SeriesFilter::Scope scope) {
  switch (scope) {
    case SeriesFilter::Scope::kAllKeys:
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

/// Small numbers for texts, in the order of their first appearance.
class Numbering {
 public:
  std::uint32_t Of(std::string text) {
    return numbers_.try_emplace(std::move(text), static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

std::string TableOf(Level level) {
  return fmt::format("usage_{}", LevelName(level));
}

Level FinerThan(Level level) {
  return static_cast<Level>(static_cast<int>(level) - 1);
}

/// Accounts need their model for the price; of keys the series' number is enough.
std::string_view SeriesJoin(const SeriesFilter& filter) {
  return filter.IsOfKeys() ? "" : "CROSS JOIN series s ON s.id = u.series";
}

}  // namespace

Result<bool> SeriesQuery::Exists() {
  auto query = snapshot_.lease.Prepare(ExistsSql(filter_.scope));
  if (!query) return Fail(query.error());
  (*query)->Bind(1, filter_.id);
  const auto row = (*query)->Step();
  if (!row) return Fail(row.error());
  return (*query)->Int(0) != 0;
}

Result<bool> SeriesQuery::HasOpenUntimed() {
  auto query = snapshot_.lease.Prepare(
      "SELECT EXISTS (SELECT 1 FROM usage_untimed WHERE level = 'hour' AND bucket >= ?1) OR "
      "EXISTS (SELECT 1 FROM usage_untimed WHERE level = 'day' AND bucket >= ?2) OR "
      "EXISTS (SELECT 1 FROM usage_untimed WHERE level = 'month' AND bucket >= ?3)");
  if (!query) return Fail(query.error());
  int position = 0;
  for (const Level level : {Level::kHour, Level::kDay, Level::kMonth})
    (*query)->Bind(++position, BucketOf(level, snapshot_.now_ms / 1000, snapshot_.state.utc_offset_s));
  const auto row = (*query)->Step();
  if (!row) return Fail(row.error());
  return (*query)->Int(0) != 0;
}

Result<std::vector<SeriesRow>> SeriesQuery::Rows(const Slots& slots) {
  if (auto read = ReadMembers(); !read) return Fail(read.error());
  SeriesRows rows(slots);
  if (auto read = ReadTimed(slots, rows); !read) return Fail(read.error());
  for (const Level coarser : {Level::kHour, Level::kDay, Level::kMonth}) {
    if (coarser <= slots.level()) continue;
    const std::int64_t finer_from = snapshot_.state.horizons.Of(FinerThan(coarser));
    if (auto read = ReadWhole(slots, coarser, finer_from, rows); !read) return Fail(read.error());
    if (auto read = ReadUntimed(slots, coarser, finer_from, rows); !read) return Fail(read.error());
  }
  const auto coverage = ReadCoverage(rows.CoverageSpan());
  if (!coverage) return Fail(coverage.error());
  return rows.Finish(*coverage, snapshot_.now_ms);
}

Status SeriesQuery::ReadMembers() {
  auto query = snapshot_.lease.Prepare(fmt::format(
      "SELECT s.id, s.entity, coalesce(k.user_id, '') FROM series s LEFT JOIN api_key k ON k.id = s.entity "
      "WHERE s.kind = '{}' AND {} AND (?2 IS NULL OR s.model = ?2)",
      filter_.kind(), Condition(filter_.scope)));
  if (!query) return Fail(query.error());
  (*query)->Bind(1, filter_.id);
  if (filter_.model) {
    (*query)->Bind(2, *filter_.model);
  } else {
    (*query)->BindNull(2);
  }
  Numbering entities;
  Numbering owners;
  Json ids = Json::array();
  for (;;) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) break;
    const std::string entity((*query)->Text(1));
    const std::string user((*query)->Text(2));
    members_[(*query)->Int(0)] = {entities.Of(entity),
                                  owners.Of(user.empty() ? "key " + entity : "user " + user)};
    if (AreFew()) ids.push_back((*query)->Int(0));
  }
  ids_ = ids.dump();
  return {};
}

/// Rows of one table. Parameters: `first` start, 2 end, 4 the series when they are few.
std::string SeriesQuery::RowsSql(Level level, int first) const {
  const std::string table = TableOf(level);
  const std::string columns = fmt::format("SELECT u.bucket, u.series, {} FROM", UsageColumns(filter_.kind()));
  const std::string joins = fmt::format("{} {}", SeriesJoin(filter_), PriceJoin(filter_.kind()));
  if (!AreFew())
    return fmt::format("{} {} u {} WHERE u.bucket >= ?{} AND u.bucket < ?2", columns, table, joins, first);
  return fmt::format(
      "{0} (WITH RECURSIVE b(bucket) AS (SELECT min(bucket) FROM {1} WHERE bucket >= ?{2} UNION ALL "
      "SELECT (SELECT min(bucket) FROM {1} WHERE bucket > b.bucket) FROM b WHERE b.bucket < ?2) "
      "SELECT bucket FROM b WHERE bucket < ?2) b CROSS JOIN {1} u ON u.bucket = b.bucket "
      "AND u.series IN (SELECT value FROM json_each(?4)) {3} WHERE true",
      columns, table, first, joins);
}

/// The slots' own level: parameters as above, and 3 the first minute that is not rolled up.
std::string SeriesQuery::TimedSql(Level level) const {
  if (level == Level::kMinute) return RowsSql(level, 1) + " ORDER BY 1";
  std::string parts = RowsSql(level, 1) + " UNION ALL " + RowsSql(Level::kMinute, 3);
  // A month in which a price changes costs what its days cost.
  if (level == Level::kMonth && !filter_.IsOfKeys())
    parts +=
        fmt::format(" UNION ALL SELECT month, series, {} FROM repriced_days WHERE month >= ?1 AND month < ?2",
                    kRepricedColumns);
  return parts + " ORDER BY 1";
}

Status SeriesQuery::ReadTimed(const Slots& slots, SeriesRows& rows) {
  auto query = snapshot_.lease.Prepare(TimedSql(slots.level()));
  if (!query) return Fail(query.error());
  (*query)->Bind(1, std::max(slots.start(), snapshot_.state.horizons.Of(slots.level()))).Bind(2, slots.end());
  (*query)->Bind(3, std::max(slots.start(), snapshot_.state.rolled_until)).Bind(4, ids_);
  for (;;) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) return {};
    const auto member = members_.find((*query)->Int(1));
    if (member != members_.end()) rows.AddTimed((*query)->Int(0), member->second, ReadUsageSum(**query, 2));
  }
}

Status SeriesQuery::ReadWhole(const Slots& slots, Level level, std::int64_t until, SeriesRows& rows) {
  const std::int64_t offset = slots.utc_offset_s();
  const std::int64_t from =
      std::max(BucketOf(level, slots.start(), offset), snapshot_.state.horizons.Of(level));
  const std::int64_t to = std::min(slots.end(), until);
  if (from >= to) return {};
  auto query = snapshot_.lease.Prepare(RowsSql(level, 1) + " ORDER BY 1");
  if (!query) return Fail(query.error());
  (*query)->Bind(1, from).Bind(2, to).Bind(4, ids_);
  for (;;) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) return {};
    const auto member = members_.find((*query)->Int(1));
    if (member == members_.end()) continue;
    const std::int64_t bucket = (*query)->Int(0);
    rows.AddUntimed(bucket, NextBucket(level, bucket, offset), member->second, ReadUsageSum(**query, 2),
                    SeriesRows::Laid::kEvenly);
  }
}

Status SeriesQuery::ReadUntimed(const Slots& slots, Level level, std::int64_t from, SeriesRows& rows) {
  auto query = snapshot_.lease.Prepare(
      fmt::format("SELECT u.bucket, u.series, {} FROM usage_untimed u {} {} "
                  "WHERE u.level = ?1 AND u.bucket >= ?2 AND u.bucket < ?3 ORDER BY u.bucket",
                  UsageColumns(filter_.kind()), SeriesJoin(filter_), PriceJoin(filter_.kind())));
  if (!query) return Fail(query.error());
  const std::int64_t offset = slots.utc_offset_s();
  (*query)->Bind(1, LevelName(level)).Bind(2, std::max(from, BucketOf(level, slots.start(), offset)));
  (*query)->Bind(3, slots.end());
  for (;;) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) return {};
    const auto member = members_.find((*query)->Int(1));
    if (member == members_.end()) continue;
    const std::int64_t bucket = (*query)->Int(0);
    rows.AddUntimed(bucket, NextBucket(level, bucket, offset), member->second, ReadUsageSum(**query, 2));
  }
}

Result<Coverage> SeriesQuery::ReadCoverage(Piece span) {
  auto query = snapshot_.lease.Prepare(
      "SELECT bucket, covered_ms FROM coverage WHERE bucket >= ?1 AND bucket < ?2 ORDER BY bucket");
  if (!query) return Fail(query.error());
  (*query)->Bind(1, span.from).Bind(2, span.to);
  Coverage coverage;
  for (;;) {
    const auto row = (*query)->Step();
    if (!row) return Fail(row.error());
    if (!*row) return coverage;
    coverage.Add((*query)->Int(0), (*query)->Int(1));
  }
}

}  // namespace keymeter::query_api
