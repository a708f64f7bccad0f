#include "query-api/exports/usage_report.h"

#include "query-api/exports/usage_cells.h"

namespace keymeter::query_api {

namespace {

constexpr int kKeyNameColumn = kRowColumns;

}  // namespace

ReportColumns UsageReportColumns(Level level) {
  return UsageColumns(level, {"keyId", "name", "model"}, {"cost", "realCost"});
}

const UsageRowsSource& UsageReportSource() {
  static constexpr UsageRowsSource kKeyRows{"api_key", "k.name", "LEFT JOIN api_key k ON k.id = s.entity"};
  return kKeyRows;
}

Result<std::int64_t> WriteUsageReport(Snapshot& snapshot, const UsageReportSpan& span,
                                      const ReportSelection& selection, ReportWriter& writer,
                                      const std::function<bool()>& is_stopping) {
  UsageCells cells(span.level, snapshot.state.utc_offset_s, writer);
  std::int64_t count = 0;
  const auto write = [&](const Statement& row) -> Status {
    if (!selection.Has(row.Text(kRowEntity))) return {};
    ++count;
    cells.WriteBucket(row.Int(kRowBucket));
    writer.Text(row.Text(kRowEntity));
    writer.TextOrNothing(row.Text(kKeyNameColumn));
    writer.Text(row.Text(kRowModel));
    const Amounts amounts = AmountsOfRow(row);
    cells.WriteAmounts(amounts);
    for (const Metric money : {Metric::kCostMicros, Metric::kRealCostMicros}) {
      // Before the relay counted money, what was not counted is unknown.
      if (row.Int(kRowBucket) < snapshot.state.money_from && amounts[money] == 0)
        writer.TextOrNothing("");
      else
        writer.Usd(amounts[money]);
    }
    return writer.EndRow();
  };
  RETURN_IF_ERROR(ReadUsageRows(snapshot, span, UsageReportSource(), is_stopping, write));
  return count;
}

}  // namespace keymeter::query_api
