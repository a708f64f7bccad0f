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
/// `is_stopping` is asked with each row. The number of rows.
[[nodiscard]] Result<std::int64_t> WriteAccountUsageReport(Snapshot& snapshot, const UsageReportSpan& span,
                                                           const ReportSelection& selection,
                                                           ReportWriter& writer,
                                                           const std::function<bool()>& is_stopping);

}  // namespace keymeter::query_api
