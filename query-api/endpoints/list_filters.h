#pragma once

#include <string_view>

#include "query-api/endpoints/list_query.h"

/// Filters that lists share, from the parameters of a request. Errors are kInvalid and name the parameter.
/// Tested by tests/query-api/endpoints/api_key_filters_test.cc.
namespace keymeter::query_api {

/// `search`: rows of which one of the texts that the source searches contains it, whatever the case of its
/// letters.
void AddSearch(const Params& params, ListFilter& filter);

/// Rows whose time in `column` is at or after (`comparison` ">="), or before ("<"), that of parameter `name`.
///
/// The column holds RFC 3339 in UTC, or "" when it is unset; such rows are left out. A day means its midnight
/// at the source's offset, for both comparisons: so from the first of one month to the first of the next is
/// that month.
[[nodiscard]] Status AddTimeFilter(const Params& params, std::string_view name, std::string_view column,
                                   std::string_view comparison, ListFilter& filter);

/// `usageOf` and the ranges of it (UsageRange).
[[nodiscard]] Status AddUsageRange(const Params& params, ListFilter& filter);

/// `isActive`, or another switch, as the condition says it of {0}: 0 or 1.
[[nodiscard]] Status AddSwitch(const Params& params, std::string_view name, std::string_view condition,
                               ListFilter& filter);

/// `expiry` and `expiresWithin`, by a column of RFC 3339 in UTC or "". The states exclude each other: never
/// (no end is set), expired, expiring (within `expiresWithin`, 7d), valid (later, or its time begins with its
/// first use, as `has_not_begun` says). `expiresWithin` alone means what is expiring.
[[nodiscard]] Status AddExpiry(const Params& params, std::string_view column, std::string_view has_not_begun,
                               std::int64_t now_ms, ListFilter& filter);

}  // namespace keymeter::query_api
