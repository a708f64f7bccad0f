#include "processor/storage/metric_sql.h"

#include <fmt/format.h>

namespace keymeter::processor {

std::string ForEachMetric(std::string_view each) {
  std::string text;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (i > 0) text += ", ";
    text += fmt::format(fmt::runtime(each), MetricName(static_cast<Metric>(i)));
  }
  return text;
}

std::string MetricAdditions() {
  return ForEachMetric("{0} = {0} + excluded.{0}");
}

std::string MetricReplacements() {
  return ForEachMetric("{0} = excluded.{0}");
}

Amounts AmountsAt(const Statement& row, int first) {
  Amounts amounts;
  for (std::size_t i = 0; i < kMetricCount; ++i) amounts.values[i] = row.Int(first + static_cast<int>(i));
  return amounts;
}

void BindAmounts(Statement& statement, int first, const Amounts& amounts) {
  for (std::size_t i = 0; i < kMetricCount; ++i)
    statement.Bind(first + static_cast<int>(i), amounts.values[i]);
}

}  // namespace keymeter::processor
