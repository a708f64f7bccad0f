#include "query-api/exports/account_usage_report.h"

#include <string>

#include <fmt/format.h>

#include "query-api/exports/usage_cells.h"
#include "query-api/usage/usage_sum.h"

namespace keymeter::query_api {

namespace {

constexpr int kNameColumn = kRowColumns;
constexpr int kPlatformColumn = kRowColumns + 1;
constexpr int kCostColumn = kRowColumns + 2;  ///< micro-dollars; NULL where the model has no price

}  // namespace

ReportColumns AccountUsageReportColumns(Level level) {
  return UsageColumns(level, {"accountId", "accountName", "platform", "model"}, {"cost"});
}

const UsageRowsSource& AccountUsageReportSource(Level level) {
  static const std::string usd =
      "u.input_tokens * p.input + u.output_tokens * p.output + u.cache_read_tokens * p.cache_read + " +
      std::string(kCacheCreateUsd);
  static const std::string joins =
      fmt::format("LEFT JOIN account a ON a.id = s.entity {}", PriceJoin("account"));
  static const std::string columns = fmt::format("a.name, a.platform, ({}) * 1e6", usd);
  static const std::string month_columns =
      fmt::format("a.name, a.platform, ({} + coalesce(x.cost_usd, 0.0)) * 1e6", usd);
  static const std::string month_joins =
      joins + " LEFT JOIN repriced_series x ON x.month = u.bucket AND x.series = u.series";
  static const UsageRowsSource rows{"account", columns, joins};
  static const UsageRowsSource month_rows{"account", month_columns, month_joins};
  return level == Level::kMonth ? month_rows : rows;
}

Result<std::int64_t> WriteAccountUsageReport(Snapshot& snapshot, const UsageReportSpan& span,
                                             const ReportSelection& selection, ReportWriter& writer,
                                             const std::function<bool()>& is_stopping) {
  UsageCells cells(span.level, snapshot.state.utc_offset_s, writer);
  std::int64_t count = 0;
  const auto write = [&](const Statement& row) -> Status {
    if (!selection.Has(row.Text(kRowEntity))) return {};
    ++count;
    cells.WriteBucket(row.Int(kRowBucket));
    writer.Text(row.Text(kRowEntity));
    writer.TextOrNothing(row.Text(kNameColumn));
    writer.TextOrNothing(row.Text(kPlatformColumn));
    writer.Text(row.Text(kRowModel));
    cells.WriteAmounts(AmountsOfRow(row));
    if (row.IsNull(kCostColumn)) {
      writer.TextOrNothing("");
    } else {
      writer.Usd(WholeMicros(row.Real(kCostColumn)));
    }
    return writer.EndRow();
  };
  RETURN_IF_ERROR(ReadUsageRows(snapshot, span, AccountUsageReportSource(span.level), is_stopping, write));
  return count;
}

}  // namespace keymeter::query_api
