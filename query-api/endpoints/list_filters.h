#pragma once

#include <string_view>

#include "query-api/endpoints/list_query.h"

/// Filters that lists share, from the parameters of a request. Errors are kInvalid and name the parameter.
namespace keymeter::query_api {

/// `search`: any of the source's three texts holds it, whatever the case of its letters.
void AddSearch(const Params& params, const ListSource& source, ListFilter& filter);

/// A time that a list is cut at, by parameter `name` over `column`, which holds RFC 3339 in UTC or "" when it
/// is unset; what is unset is on neither side.
///
/// A day is its midnight at the source's offset, on either side: so from one month's first day to the next
/// one's is the month. `comparison`: ">=" or "<".
[[nodiscard]] Status AddTimeFilter(const Params& params, std::string_view name, std::string_view column,
                                   std::string_view comparison, ListFilter& filter);

/// `minCost` and `maxCost`: decimal USD, both included.
[[nodiscard]] Status AddCostRange(const Params& params, ListFilter& filter);

}  // namespace keymeter::query_api
