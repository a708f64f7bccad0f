#pragma once

#include <functional>

#include "query-api/exports/report_selection.h"
#include "query-api/exports/report_writer.h"
#include "query-api/exports/usage_report.h"

/// The report of what accounts used: a row for each bucket, account and model, by time, with the cost
/// that its tokens have by the table `price`; none where the model has no price. Tested by
/// tests/query-api/exports/export_report_test.cc.
namespace keymeter::query_api {

[[nodiscard]] ReportColumns AccountUsageReportColumns(Level level);
/// What its rows are read from: prices as the views `account_usage_*` have them. A row lies in a day, which
/// has one price; but for a month, to which is added what its days cost beyond the price of the first.
[[nodiscard]] const UsageRowsSource& AccountUsageReportSource(Level level);
/// `is_stopping` is asked with each row. The number of rows.
[[nodiscard]] Result<std::int64_t> WriteAccountUsageReport(Snapshot& snapshot, const UsageReportSpan& span,
                                                           const ReportSelection& selection,
                                                           ReportWriter& writer,
                                                           const std::function<bool()>& is_stopping);

}  // namespace keymeter::query_api
