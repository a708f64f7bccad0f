#pragma once

#include <string_view>

#include "query-api/endpoints/list_query.h"

/// Filters that lists share, from the parameters of a request. Errors are kInvalid and name the parameter.
/// Tested by tests/query-api/endpoints/api_key_filters_test.cc.
namespace keymeter::query_api {

/// `search`: rows of which one of the source's three texts contains it, whatever the case of its letters.
void AddSearch(const Params& params, const ListSource& source, ListFilter& filter);

/// Rows whose time in `column` is at or after (`comparison` ">="), or before ("<"), that of parameter `name`.
///
/// The column holds RFC 3339 in UTC, or "" when it is unset; such rows are left out. A day means its midnight
/// at the source's offset, for both comparisons: so from the first of one month to the first of the next is
/// that month.
[[nodiscard]] Status AddTimeFilter(const Params& params, std::string_view name, std::string_view column,
                                   std::string_view comparison, ListFilter& filter);

/// `minCost` and `maxCost`: decimal USD, both included.
[[nodiscard]] Status AddCostRange(const Params& params, ListFilter& filter);

}  // namespace keymeter::query_api
