#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/plan_reader.h"
#include "query-api/usage/series_rows.h"
#include "query-api/usage/series_selection.h"
#include "query-api/usage/usage_caches.h"

namespace keymeter::query_api {

/// One name of a grouped series.
struct NamedSeries {
  std::string id;
  std::string name;
  std::vector<SeriesRow> rows;  ///< every slot
};

/// Reads time series from the file: selects the series, reads their rows and the coverage.
///
/// Threads: one. Lifetime: borrows the snapshot and the caches. Bounds: kMaxRows rows.
/// Tested by tests/query-api/endpoints/series_test.cc and series_by_test.cc.
class SeriesQuery {
 public:
  static constexpr std::size_t kMaxRows = 50'000;

  SeriesQuery(Snapshot& snapshot, UsageCaches& caches, SeriesFilter filter)
      : snapshot_(snapshot), caches_(caches), filter_(std::move(filter)) {}

  [[nodiscard]] Result<std::vector<SeriesRow>> Rows(const Slots& slots);
  /// The names that occur in the span, in the order of their ids. Too many rows are an error (kInvalid).
  [[nodiscard]] Result<std::vector<NamedSeries>> NamedRows(const Slots& slots, GroupBy by);

 private:
  [[nodiscard]] Status Read(const SeriesSelection& selection, const Slots& slots, SeriesRows& rows);

  Snapshot& snapshot_;
  UsageCaches& caches_;
  const SeriesFilter filter_;
};

/// Whether there is such a key, account or group, used or not.
[[nodiscard]] Result<bool> EntityExists(Snapshot& snapshot, const SeriesFilter& filter);
/// Whether some usage is known only to the running hour, day or month: it is spread up to now, so even slots
/// that are over change as time passes.
[[nodiscard]] Result<bool> HasOpenUntimed(Snapshot& snapshot);
/// The minutes of the span in which the processor was subscribed.
[[nodiscard]] Result<CoveredMinutes> ReadCoveredMinutes(Snapshot& snapshot, Piece span);

}  // namespace keymeter::query_api
