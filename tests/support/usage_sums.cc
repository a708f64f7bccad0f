#include "tests/support/usage_sums.h"

#include <set>

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

Amounts At(const UsageSums& sums, const UsageId& id) {
  const auto found = sums.find(id);
  return found == sums.end() ? Amounts{} : found->second;
}

}  // namespace

std::string Differences(const UsageSums& expected, const UsageSums& actual) {
  std::set<UsageId> ids;
  for (const auto& [id, amounts] : expected) ids.insert(id);
  for (const auto& [id, amounts] : actual) ids.insert(id);
  std::string text;
  for (const UsageId& id : ids) {
    const Amounts wanted = At(expected, id);
    const Amounts found = At(actual, id);
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      if (wanted.values[i] == found.values[i]) continue;
      text += fmt::format("{} {} {} {}: expected {}, is {}\n", id.kind, id.entity, id.model,
                          MetricName(static_cast<Metric>(i)), wanted.values[i], found.values[i]);
    }
  }
  return text;
}

UsageSums OfKind(const UsageSums& sums, const std::string& kind) {
  UsageSums some;
  for (const auto& [id, amounts] : sums)
    if (id.kind == kind) some.emplace(id, amounts);
  return some;
}

}  // namespace keymeter::testing
