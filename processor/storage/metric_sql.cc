#include "processor/storage/metric_sql.h"

#include <fmt/format.h>

namespace keymeter::processor {

namespace {

/// `each` for every metric, with its name in place of {0}.
std::string ForEachMetric(std::string_view each) {
  std::string text;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (i > 0) text += ", ";
    text += fmt::format(fmt::runtime(each), MetricName(static_cast<Metric>(i)));
  }
  return text;
}

}  // namespace

std::string MetricAdditions() {
  return ForEachMetric("{0} = {0} + excluded.{0}");
}

std::string MetricReplacements() {
  return ForEachMetric("{0} = excluded.{0}");
}

void BindAmounts(Statement& statement, int first, const Amounts& amounts) {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    statement.Bind(first + static_cast<int>(i), amounts.values[i]);
}

}  // namespace keymeter::processor
