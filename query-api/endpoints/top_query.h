#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query-api/endpoints/usage_params.h"
#include "query-api/usage/apportion.h"
#include "query-api/usage/plan_reader.h"
#include "query-api/usage/usage_caches.h"

namespace keymeter::query_api {

/// What one name used in a span.
struct TopSum {
  std::string id;
  UsageSum usage;
  bool estimated = false;  ///< some of it was spread from a bucket that reaches beyond the span
};

/// Sums of a whole span by name, from the coarsest rows that are exact.
///
/// Threads: a plain value. Bounds: one sum a name. Tested by tests/query-api/endpoints/top_test.cc.
struct TopSums {
  std::vector<TopSum> names;  ///< the names that have rows, in no order
  UsageSum whole;             ///< of all series, each once

  static Result<TopSums> Read(Snapshot& snapshot, UsageCaches& caches, const SeriesFilter& filter, GroupBy by,
                              const TimeSpan& span);
};

/// The part of `total` that lies in the span: `inside` of `all` weights, rounded.
[[nodiscard]] std::int64_t PartOf(std::int64_t total, std::int64_t inside, std::int64_t all);

}  // namespace keymeter::query_api
