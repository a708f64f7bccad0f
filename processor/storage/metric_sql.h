#pragma once

#include <string>
#include <string_view>

#include "schema/metrics.h"
#include "schema/sqlite.h"

/// Parts of statements about the columns of all metrics, in the order of kMetricColumns.
/// Tested by tests/processor/storage/window_writer_test.cc and audit_writer_test.cc.
namespace keymeter::processor {

inline constexpr std::string_view kMetricMarks = "?, ?, ?, ?, ?, ?, ?, ?, ?";
static_assert(kMetricMarks.size() == 3 * kMetricCount - 2);

/// "each, each, …": `each` for every metric, with its name in place of {0}.
[[nodiscard]] std::string ForEachMetric(std::string_view each);
[[nodiscard]] std::string MetricAdditions();     ///< "requests = requests + excluded.requests, …"
[[nodiscard]] std::string MetricReplacements();  ///< "requests = excluded.requests, …"
/// `first`: the position of the first metric.
void BindAmounts(Statement& statement, int first, const Amounts& amounts);
/// Those of the row that the statement stands at; `first`: the column of the first metric.
[[nodiscard]] Amounts AmountsAt(const Statement& row, int first);

}  // namespace keymeter::processor
