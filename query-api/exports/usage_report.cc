#include "query-api/exports/usage_report.h"

#include <algorithm>

#include "query-api/endpoints/day_range.h"
#include "schema/metrics.h"

namespace keymeter::query_api {

namespace {

constexpr int kFirstAmountColumn = 4;

Result<Level> ReportLevelOf(const Params& params) {
  ASSIGN_OR_RETURN(const auto granularity, params.OneOf("granularity", {"daily", "hourly", "monthly"}));
  if (granularity == "hourly") return Level::kHour;
  return granularity == "daily" ? Level::kDay : Level::kMonth;
}

UsageReportSpan DefaultReportSpan(Level level, const Snapshot& snapshot) {
  const std::int64_t offset = snapshot.state.utc_offset_s;
  const std::int64_t today = BucketOf(Level::kDay, snapshot.now_ms / 1000, offset);
  const std::int64_t tomorrow = today + kDaySeconds;
  const Horizons& horizons = snapshot.state.horizons;
  if (level == Level::kHour) return {level, std::max(today - kDaySeconds, horizons.hours), tomorrow};
  if (level == Level::kDay) return {level, std::max(today - 29 * kDaySeconds, horizons.days), tomorrow};
  std::int64_t month = BucketOf(Level::kMonth, today, offset);
  const std::int64_t end = NextBucket(Level::kMonth, month, offset);
  for (int i = 0; i < 11; ++i) month = BucketOf(Level::kMonth, month - 1, offset);
  return {level, month, end};
}

/// The bucket of a minute, as the views say it; ?3 is the offset.
std::string BucketOfMinuteSql(Level level) {
  if (level == Level::kHour) return "bucket - bucket % 3600";
  if (level == Level::kDay) return "(bucket + ?3) / 86400 * 86400 - ?3";
  return "unixepoch(bucket + ?3, 'unixepoch', 'start of month') - ?3";
}

/// Rows in the order of the table, so that nothing is sorted; names come by look-ups.
std::string ReportSql(std::string_view from) {
  return fmt::format(R"(
      SELECT u.bucket, s.entity, k.name, s.model, u.requests, u.input_tokens, u.output_tokens,
        u.cache_create_tokens, u.cache_read_tokens, u.ephemeral_5m_tokens, u.ephemeral_1h_tokens,
        u.cost_micros, u.real_cost_micros
      FROM {} u
        CROSS JOIN series s ON s.id = u.series AND s.kind = 'api_key'
        LEFT JOIN api_key k ON k.id = s.entity)",
                     from);
}

/// Parameters: 1 and 2 the span.
std::string ClosedReportSql(Level level) {
  return ReportSql(fmt::format("usage_{}", LevelName(level))) +
         " WHERE u.bucket >= ?1 AND u.bucket < ?2 ORDER BY u.bucket, u.series";
}

/// Buckets whose rows may lack minutes from rolled_until on. Parameters: 1 and 2 the span, 3 the offset of
/// the source, 4 rolled_until.
std::string OpenReportSql(Level level) {
  return ReportSql(fmt::format(R"((
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
                               kMetricColumns, LevelName(level), BucketOfMinuteSql(level)));
}

/// Writes rows; the text of a bucket is made once for all its rows. Threads: one. Lifetime: borrows the
/// writer.
class UsageRowWriter {
 public:
  UsageRowWriter(Level level, const SourceState& state, ReportWriter& writer)
      : level_(level), offset_(state.utc_offset_s), money_from_(state.money_from), writer_(writer) {}

  [[nodiscard]] Status Write(const Statement& row) {
    WriteBucket(row.Int(0));
    writer_.Text(row.Text(1));
    writer_.TextOrNothing(row.Text(2));
    writer_.Text(row.Text(3));
    Amounts amounts;
    for (std::size_t i = 0; i < kMetricCount; ++i)
      amounts.values.at(i) = row.Int(kFirstAmountColumn + static_cast<int>(i));
    for (std::size_t i = 0; i < static_cast<std::size_t>(Metric::kCostMicros); ++i)
      writer_.Int(amounts.values.at(i));
    writer_.Int(amounts.TotalTokens());
    for (const Metric money : {Metric::kCostMicros, Metric::kRealCostMicros}) {
      // Before the relay counted money, what was not counted is unknown.
      if (row.Int(0) < money_from_ && amounts[money] == 0)
        writer_.TextOrNothing("");
      else
        writer_.Usd(amounts[money]);
    }
    return writer_.EndRow();
  }

 private:
  void WriteBucket(std::int64_t bucket) {
    if (bucket != bucket_ || text_.empty()) {
      bucket_ = bucket;
      if (level_ == Level::kHour) text_ = FormatRfc3339(bucket * 1000);
      if (level_ == Level::kDay) text_ = FormatDate(bucket, offset_);
      if (level_ == Level::kMonth) text_ = FormatMonth(bucket, offset_);
    }
    if (level_ == Level::kDay) {
      writer_.Date(text_, (bucket + offset_) / kDaySeconds);
    } else {
      writer_.Text(text_);
    }
  }

  const Level level_;
  const std::int64_t offset_;
  const std::int64_t money_from_;
  ReportWriter& writer_;
  std::int64_t bucket_ = 0;
  std::string text_;
};

Result<std::int64_t> WriteUsageRows(Statement& rows, const ReportSelection& selection, UsageRowWriter& writer,
                                    const std::function<bool()>& is_stopping) {
  for (std::int64_t count = 0;;) {
    ASSIGN_OR_RETURN(const auto row, rows.Step());
    if (!row) return count;
    if (is_stopping()) return Fail(ErrorCode::kUnavailable, "the server stops");
    if (!selection.Has(rows.Text(1))) continue;
    RETURN_IF_ERROR(writer.Write(rows));
    ++count;
  }
}

}  // namespace

Result<UsageReportSpan> UsageReportSpan::Of(const Params& params, const Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const auto level, ReportLevelOf(params));
  if (!params.Text("startDate") && !params.Text("endDate")) return DefaultReportSpan(level, snapshot);
  const std::int64_t offset = snapshot.state.utc_offset_s;
  ASSIGN_OR_RETURN(const auto days, DayRange::Of(params, snapshot.now_ms, offset));
  if (level == Level::kMonth) {
    const std::int64_t last = BucketOf(Level::kMonth, days.to - 1, offset);
    return UsageReportSpan{level, BucketOf(Level::kMonth, days.from, offset),
                           NextBucket(Level::kMonth, last, offset)};
  }
  const Horizons& horizons = snapshot.state.horizons;
  const std::int64_t horizon = level == Level::kHour ? horizons.hours : horizons.days;
  if (days.from < horizon)
    return Fail(ErrorCode::kInvalid,
                "startDate: {} before {} are not kept any more; begin there, or ask for granularity={}",
                level == Level::kHour ? "hours" : "days", FormatDate(horizon, offset),
                level == Level::kHour ? "daily" : "monthly");
  return UsageReportSpan{level, days.from, days.to};
}

ReportColumns UsageReportColumns(Level level) {
  const std::string_view time = level == Level::kHour ? "time" : level == Level::kDay ? "date" : "month";
  return {time,
          "keyId",
          "name",
          "model",
          "requests",
          "inputTokens",
          "outputTokens",
          "cacheCreateTokens",
          "cacheReadTokens",
          "ephemeral5mTokens",
          "ephemeral1hTokens",
          "totalTokens",
          "cost",
          "realCost"};
}

Result<std::int64_t> WriteUsageReport(Snapshot& snapshot, const UsageReportSpan& span,
                                      const ReportSelection& selection, ReportWriter& writer,
                                      const std::function<bool()>& is_stopping) {
  const std::int64_t offset = snapshot.state.utc_offset_s;
  const std::int64_t open = BucketOf(span.level, snapshot.state.rolled_until, offset);
  UsageRowWriter rows(span.level, snapshot.state, writer);
  ASSIGN_OR_RETURN(auto closed_query, snapshot.lease.Prepare(ClosedReportSql(span.level)));
  closed_query->Bind(1, span.from).Bind(2, std::min(span.to, open));
  ASSIGN_OR_RETURN(const auto closed, WriteUsageRows(*closed_query, selection, rows, is_stopping));
  ASSIGN_OR_RETURN(auto open_query, snapshot.lease.Prepare(OpenReportSql(span.level)));
  open_query->Bind(1, std::max(span.from, open)).Bind(2, span.to);
  if (span.level != Level::kHour) open_query->Bind(3, offset);
  open_query->Bind(4, snapshot.state.rolled_until);
  ASSIGN_OR_RETURN(const auto newest, WriteUsageRows(*open_query, selection, rows, is_stopping));
  return closed + newest;
}

}  // namespace keymeter::query_api
