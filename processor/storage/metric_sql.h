#pragma once

#include <string>
#include <string_view>

#include "schema/metrics.h"
#include "schema/sqlite.h"

/// Parts of statements about the columns of all metrics, in the order of kMetricColumns.
namespace keymeter::processor {

inline constexpr std::string_view kMetricMarks = "?, ?, ?, ?, ?, ?, ?, ?, ?";
static_assert(kMetricMarks.size() == 3 * kMetricCount - 2);

[[nodiscard]] std::string MetricAdditions();     ///< "requests = requests + excluded.requests, …"
[[nodiscard]] std::string MetricReplacements();  ///< "requests = excluded.requests, …"
/// `first`: the position of the first metric.
void BindAmounts(Statement& statement, int first, const Amounts& amounts);

}  // namespace keymeter::processor
