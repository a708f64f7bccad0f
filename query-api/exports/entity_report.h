#pragma once

#include <functional>

#include "query-api/exports/report_selection.h"
#include "query-api/exports/report_writer.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/last_use.h"

/// The reports of all API keys and of all accounts: one row each, in the order of their ids, with what they
/// used today, this month and in total, and in the days that were asked for. Tested by
/// tests/query-api/exports/export_report_test.cc.
namespace keymeter::query_api {

/// Which entities, and what else is said of them.
struct EntityReport {
  ReportSelection selection{};
  std::optional<SpanSums> span{};  ///< then there are columns of its days
};

[[nodiscard]] ReportColumns ApiKeyReportColumns(bool has_span);
/// `is_stopping` is asked with each row. The number of rows.
[[nodiscard]] Result<std::int64_t> WriteApiKeyReport(Snapshot& snapshot, const EntityReport& report,
                                                     ReportWriter& writer,
                                                     const std::function<bool()>& is_stopping);

[[nodiscard]] ReportColumns AccountReportColumns(bool has_span);
[[nodiscard]] Result<std::int64_t> WriteAccountReport(Snapshot& snapshot, LastUseCache& last_use,
                                                      const EntityReport& report, ReportWriter& writer,
                                                      const std::function<bool()>& is_stopping);

}  // namespace keymeter::query_api
