#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/exports/report_writer.h"
#include "schema/civil_time.h"
#include "schema/metrics.h"

/// The cells that all reports over time have. Tested by tests/query-api/exports/export_report_test.cc.
namespace keymeter::query_api {

/// The columns of such a report: the bucket's, `of_entity`, those of UsageCells::WriteAmounts, and `money`.
[[nodiscard]] ReportColumns UsageColumns(Level level, const std::vector<std::string_view>& of_entity,
                                         const std::vector<std::string_view>& money);

/// Writes cells; the text of a bucket is made once for all its rows. Threads: one. Lifetime: borrows the
/// writer.
class UsageCells {
 public:
  UsageCells(Level level, std::int64_t utc_offset_s, ReportWriter& writer)
      : level_(level), offset_(utc_offset_s), writer_(writer) {}

  void WriteBucket(std::int64_t bucket);
  void WriteAmounts(const Amounts& amounts);  ///< each count but money, and all tokens

 private:
  const Level level_;
  const std::int64_t offset_;
  ReportWriter& writer_;
  std::int64_t bucket_ = 0;
  std::string text_;
};

}  // namespace keymeter::query_api
