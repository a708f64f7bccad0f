#pragma once

#include <functional>

#include "query-api/exports/report_selection.h"
#include "query-api/exports/report_span.h"
#include "query-api/exports/report_writer.h"
#include "query-api/exports/usage_rows.h"
#include "query-api/snapshot/snapshot.h"

/// The report of what API keys used, by key and model over time.
/// Tested by tests/query-api/exports/export_report_test.cc.
namespace keymeter::query_api {

[[nodiscard]] ReportColumns UsageReportColumns(Level level);
/// What its rows are read from.
[[nodiscard]] const UsageRowsSource& UsageReportSource();
/// A row for each bucket, API key and model, by time. `is_stopping` is asked with each row. The number of
/// rows.
[[nodiscard]] Result<std::int64_t> WriteUsageReport(Snapshot& snapshot, const UsageReportSpan& span,
                                                    const ReportSelection& selection, ReportWriter& writer,
                                                    const std::function<bool()>& is_stopping);

}  // namespace keymeter::query_api
