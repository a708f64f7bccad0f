#pragma once

#include <compare>
#include <map>
#include <string>

#include "schema/metrics.h"

namespace keymeter::testing {

/// Who used which model.
struct UsageId {
  std::string kind;  ///< "api_key" or "account"
  std::string entity;
  std::string model;
  auto operator<=>(const UsageId&) const = default;
};

/// Usage per owner and model. Accounts have no cost: those metrics stay 0.
using UsageSums = std::map<UsageId, Amounts>;

/// Every metric that differs, one a line ("api_key 0518… gpt-5 input_tokens: expected 12, is 11"); "" when
/// all are equal. An owner without a row counts as zero.
[[nodiscard]] std::string Differences(const UsageSums& expected, const UsageSums& actual);

/// Those of one kind only.
[[nodiscard]] UsageSums OfKind(const UsageSums& sums, const std::string& kind);

}  // namespace keymeter::testing
