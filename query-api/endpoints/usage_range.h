#pragma once

#include <limits>
#include <optional>

#include "query-api/http/params.h"
#include "query-api/usage/usage_summary.h"
#include "schema/error.h"

namespace keymeter::query_api {

/// What an entity must have used to be in a list, both ends included.
///
/// Threads: a plain value. Tested by tests/query-api/endpoints/api_key_filters_test.cc.
struct UsageRange {
  UsageSum UsageSummary::*span = &UsageSummary::total;
  bool has_cost = false;  ///< the cost matters
  double min_cost = 0;    ///< USD
  double max_cost = std::numeric_limits<double>::infinity();
  std::int64_t min_tokens = 0;
  std::int64_t max_tokens = std::numeric_limits<std::int64_t>::max();
  std::int64_t min_requests = 0;
  std::int64_t max_requests = std::numeric_limits<std::int64_t>::max();

  /// `minCost maxCost minTokens maxTokens minRequests maxRequests`, of `usageOf`; nothing when none of them
  /// is given. Errors are kInvalid and name the parameter.
  static Result<std::optional<UsageRange>> Of(const Params& params);

  /// A cost that is unknown is in no range of costs, wherever that begins.
  [[nodiscard]] bool Holds(const UsageSummary& usage) const;
};

}  // namespace keymeter::query_api
