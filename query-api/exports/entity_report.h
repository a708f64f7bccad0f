#pragma once

#include <functional>

#include "query-api/exports/report_writer.h"
#include "query-api/snapshot/snapshot.h"

/// The reports of all API keys and of all accounts: one row each, in the order of their ids, with what they
/// used today, this month and in total. Tested by tests/query-api/exports/export_report_test.cc.
namespace keymeter::query_api {

[[nodiscard]] ReportColumns ApiKeyReportColumns();
/// `is_stopping` is asked with each row. The number of rows.
[[nodiscard]] Result<std::int64_t> WriteApiKeyReport(Snapshot& snapshot, ReportWriter& writer,
                                                     const std::function<bool()>& is_stopping);

[[nodiscard]] ReportColumns AccountReportColumns();
[[nodiscard]] Result<std::int64_t> WriteAccountReport(Snapshot& snapshot, ReportWriter& writer,
                                                      const std::function<bool()>& is_stopping);

}  // namespace keymeter::query_api
