#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "query-api/exports/report_span.h"
#include "query-api/snapshot/snapshot.h"
#include "schema/metrics.h"

/// The rows of reports over time: those of all API keys or of all accounts in a span, as they are stored.
///
/// They come in the order of the table (bucket, series) and names by look-ups, so that no rows are sorted and
/// the first one comes at once. Two things are summed up first: the open bucket, and of accounts by month
/// what changes of prices cost (`repriced_series`; nothing in nearly every month).
namespace keymeter::query_api {

/// What a row says beside its usage. Strings are SQL over usage `u` and series `s`.
struct UsageRowsSource {
  std::string_view kind;     ///< "api_key" or "account"
  std::string_view columns;  ///< "k.name"
  std::string_view joins;    ///< "LEFT JOIN api_key k ON …": a row each
};

/// The columns of a row.
inline constexpr int kRowBucket = 0;
inline constexpr int kRowEntity = 1;
inline constexpr int kRowModel = 2;
inline constexpr int kRowAmounts = 3;  ///< kMetricCount of them, in the order of Metric
inline constexpr int kRowColumns = kRowAmounts + static_cast<int>(kMetricCount);  ///< those of the source

/// Calls `visit` with each row. `is_stopping` is asked before; then the error is kUnavailable.
[[nodiscard]] Status ReadUsageRows(Snapshot& snapshot, const UsageReportSpan& span,
                                   const UsageRowsSource& source, const std::function<bool()>& is_stopping,
                                   const std::function<Status(const Statement&)>& visit);

/// The SQL of closed buckets. Parameters: 1 and 2 the span.
[[nodiscard]] std::string ClosedRowsSql(Level level, const UsageRowsSource& source);

/// The amounts of a row.
[[nodiscard]] Amounts AmountsOfRow(const Statement& row);

}  // namespace keymeter::query_api
