#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query-api/endpoints/list_cursor.h"
#include "query-api/endpoints/text_search.h"
#include "query-api/endpoints/usage_range.h"
#include "query-api/http/params.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_summary.h"

/// Which rows a list has, and the filters that lists share, from the parameters of a request. Errors are
/// kInvalid and name the parameter.
/// Tested by tests/query-api/endpoints/api_key_filters_test.cc.
namespace keymeter::query_api {

/// Binds the values to the parameters from 1 on.
void BindAll(Statement& statement, const std::vector<SqlValue>& values);

/// SQL conditions with their values, joined by AND.
///
/// Threads: one. Bounds: those of the request's parameters.
class SqlFilter {
 public:
  /// `condition` holds `{0}`, once or several times, where the parameter of the value stands.
  void Add(std::string_view condition, SqlValue value);
  void Add(std::string condition) { conditions_.push_back(std::move(condition)); }
  [[nodiscard]] std::string Where() const;
  [[nodiscard]] const std::vector<SqlValue>& values() const { return values_; }
  void BindTo(Statement& statement) const;

 private:
  std::vector<std::string> conditions_;
  std::vector<SqlValue> values_;
};

/// Which rows a list has. `search` and `usage` are beyond SQL: they are checked for each row that SQL finds.
struct ListFilter {
  SqlFilter sql{};
  std::optional<TextSearch> search{};  ///< in the source's `searched`
  std::optional<UsageRange> usage{};   ///< what the entity used

  /// Whether a row passes what SQL cannot check. `first_searched`: the first of the three columns that the
  /// source searches. `usage_of_row`: a filter without a range does not look at it.
  [[nodiscard]] bool Holds(const Statement& row, int first_searched,
                           const std::optional<UsageSummary>& usage_of_row) const;
};

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
