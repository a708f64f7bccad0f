#pragma once

#include <cstdint>

#include "query-api/http/params.h"
#include "query-api/snapshot/snapshot.h"
#include "schema/civil_time.h"

/// The span of a report over time. Tested by tests/query-api/exports/export_report_test.cc.
namespace keymeter::query_api {

/// Which buckets of which level.
struct UsageReportSpan {
  Level level = Level::kDay;  ///< kHour, kDay or kMonth
  std::int64_t from = 0;      ///< epoch seconds, on a midnight of the source
  std::int64_t to = 0;        ///< likewise, exclusive

  /// Of `granularity` (daily, hourly, monthly), `startDate` and `endDate`; without those yesterday and today
  /// by hours, 30 days, or twelve months. Months are taken whole. Days that retention has removed are an
  /// error that names the first day the file still has: a report that silently lacks some would be wrong.
  static Result<UsageReportSpan> Of(const Params& params, const Snapshot& snapshot);
};

}  // namespace keymeter::query_api
