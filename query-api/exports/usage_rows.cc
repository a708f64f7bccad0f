#include "query-api/exports/usage_rows.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace keymeter::query_api {

namespace {

/// The bucket of a minute, as the views say it; ?3 is the offset.
std::string BucketOfMinuteSql(Level level) {
  if (level == Level::kHour) return "bucket - bucket % 3600";
  if (level == Level::kDay) return "(bucket + ?3) / 86400 * 86400 - ?3";
  return "unixepoch(bucket + ?3, 'unixepoch', 'start of month') - ?3";
}

std::string RowsSql(std::string_view from, const UsageRowsSource& source) {
  return fmt::format(R"(
      SELECT u.bucket, s.entity, s.model, u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens,
        u.cache_read_tokens, u.ephemeral_5m_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros,
        {}
      FROM {} u
        CROSS JOIN series s ON s.id = u.series AND s.kind = '{}'
        {})",
                     source.columns, from, source.kind, source.joins);
}

/// Buckets whose rows may lack minutes from rolled_until on. Parameters: 1 and 2 the span, 3 the offset of
/// the source, 4 rolled_until.
std::string OpenRowsSql(Level level, const UsageRowsSource& source) {
  return RowsSql(fmt::format(R"((
          SELECT bucket, series, sum(requests) AS requests, sum(input_tokens) AS input_tokens,
            sum(output_tokens) AS output_tokens, sum(cache_create_tokens) AS cache_create_tokens,
            sum(cache_read_tokens) AS cache_read_tokens, sum(ephemeral_5m_tokens) AS ephemeral_5m_tokens,
            sum(ephemeral_1h_tokens) AS ephemeral_1h_tokens, sum(cost_micros) AS cost_micros,
            sum(real_cost_micros) AS real_cost_micros
          FROM (
            SELECT bucket, series, {0} FROM usage_{1} WHERE bucket >= ?1 AND bucket < ?2
            UNION ALL
            SELECT {2}, series, {0} FROM usage_minute WHERE bucket >= max(?1, ?4) AND bucket < ?2)
          GROUP BY bucket, series))",
                             kMetricColumns, LevelName(level), BucketOfMinuteSql(level)),
                 source);
}

Status VisitRows(Statement& rows, const std::function<bool()>& is_stopping,
                 const std::function<Status(const Statement&)>& visit) {
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, rows.Step());
    if (!row) return {};
    if (is_stopping()) return Fail(ErrorCode::kUnavailable, "the server stops");
    RETURN_IF_ERROR(visit(rows));
  }
}

}  // namespace

std::string ClosedRowsSql(Level level, const UsageRowsSource& source) {
  return RowsSql(fmt::format("usage_{}", LevelName(level)), source) +
         " WHERE u.bucket >= ?1 AND u.bucket < ?2 ORDER BY u.bucket, u.series";
}

Status ReadUsageRows(Snapshot& snapshot, const UsageReportSpan& span, const UsageRowsSource& source,
                     const std::function<bool()>& is_stopping,
                     const std::function<Status(const Statement&)>& visit) {
  const std::int64_t offset = snapshot.state.utc_offset_s;
  const std::int64_t open = BucketOf(span.level, snapshot.state.rolled_until, offset);
  ASSIGN_OR_RETURN(auto closed_query, snapshot.lease.Prepare(ClosedRowsSql(span.level, source)));
  closed_query->Bind(1, span.from).Bind(2, std::min(span.to, open));
  RETURN_IF_ERROR(VisitRows(*closed_query, is_stopping, visit));
  ASSIGN_OR_RETURN(auto open_query, snapshot.lease.Prepare(OpenRowsSql(span.level, source)));
  open_query->Bind(1, std::max(span.from, open)).Bind(2, span.to);
  if (span.level != Level::kHour) open_query->Bind(3, offset);
  open_query->Bind(4, snapshot.state.rolled_until);
  return VisitRows(*open_query, is_stopping, visit);
}

Amounts AmountsOfRow(const Statement& row) {
  Amounts amounts;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    amounts.values.at(i) = row.Int(kRowAmounts + static_cast<int>(i));
  return amounts;
}

}  // namespace keymeter::query_api
