#include "query-api/exports/account_usage_report.h"

#include <fmt/format.h>

#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr int kFirstCount = 5;
constexpr int kCounts = 8;  ///< requests, the kinds of tokens, all of them
constexpr int kCostColumn = kFirstCount + kCounts;

/// Parameters: 1 and 2 the span.
std::string AccountUsageSql(Level level) {
  return fmt::format(R"(
      SELECT bucket, account, account_name, platform, model, requests, input_tokens, output_tokens,
        cache_create_tokens, cache_read_tokens, ephemeral_5m_tokens, ephemeral_1h_tokens, total_tokens,
        cost_usd
      FROM account_usage_{}
      WHERE bucket >= ?1 AND bucket < ?2
      ORDER BY bucket, account, model)",
                     LevelName(level));
}

void WriteBucketCell(ReportWriter& writer, Level level, std::int64_t bucket, std::int64_t offset) {
  if (level == Level::kDay) return writer.Date(FormatDate(bucket, offset), (bucket + offset) / kDaySeconds);
  writer.Text(level == Level::kHour ? FormatRfc3339(bucket * 1000) : FormatMonth(bucket, offset));
}

}  // namespace

ReportColumns AccountUsageReportColumns(Level level) {
  const std::string_view time = level == Level::kHour ? "time" : level == Level::kDay ? "date" : "month";
  return {time,
          "accountId",
          "accountName",
          "platform",
          "model",
          "requests",
          "inputTokens",
          "outputTokens",
          "cacheCreateTokens",
          "cacheReadTokens",
          "ephemeral5mTokens",
          "ephemeral1hTokens",
          "totalTokens",
          "cost"};
}

Result<std::int64_t> WriteAccountUsageReport(Snapshot& snapshot, const UsageReportSpan& span,
                                             const ReportSelection& selection, ReportWriter& writer,
                                             const std::function<bool()>& is_stopping) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(AccountUsageSql(span.level)));
  query->Bind(1, span.from).Bind(2, span.to);
  for (std::int64_t count = 0;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return count;
    if (is_stopping()) return Fail(ErrorCode::kUnavailable, "the server stops");
    if (!selection.Has(query->Text(1))) continue;
    WriteBucketCell(writer, span.level, query->Int(0), snapshot.state.utc_offset_s);
    writer.Text(query->Text(1));
    writer.TextOrNothing(query->Text(2));
    writer.TextOrNothing(query->Text(3));
    writer.Text(query->Text(4));
    for (int column = kFirstCount; column < kCostColumn; ++column) writer.Int(query->Int(column));
    if (query->IsNull(kCostColumn)) {
      writer.TextOrNothing("");
    } else {
      writer.Real(UsdOfMicros(query->Real(kCostColumn) * 1e6));
    }
    RETURN_IF_ERROR(writer.EndRow());
    ++count;
  }
}

}  // namespace keymeter::query_api
