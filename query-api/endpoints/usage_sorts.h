#pragma once

#include <vector>

#include "query-api/endpoints/list_query.h"

namespace keymeter::query_api {

/// The columns of a source, and after them the orders by usage that lists of keys and of accounts share:
/// `rpm tpm`, and requests, tokens and cost of today, of the month and in all (`todayRequests` …
/// `totalCost`). Tested by tests/query-api/endpoints/list_query_test.cc.
[[nodiscard]] std::vector<SortColumn> WithUsageSorts(std::vector<SortColumn> columns);

}  // namespace keymeter::query_api
