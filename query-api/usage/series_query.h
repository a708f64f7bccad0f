#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/plan_reader.h"
#include "query-api/usage/series_rows.h"
#include "query-api/usage/series_selection.h"

namespace keymeter::query_api {

/// One name of a grouped series.
struct NamedSeries {
  std::string id;
  std::string name;
  std::vector<SeriesRow> rows;  ///< every slot
};

/// The file's side of time series: finds the metered series, reads their rows and the coverage.
///
/// Lifetime: borrows the snapshot. Threads: one. Bounds: kMaxRows rows.
class SeriesQuery {
 public:
  static constexpr std::size_t kMaxRows = 50'000;

  SeriesQuery(Snapshot& snapshot, SeriesFilter filter) : snapshot_(snapshot), filter_(std::move(filter)) {}

  /// Whether there is such a key, account or group, used or not.
  [[nodiscard]] Result<bool> Exists();
  /// Whether something is known to the running hour, day or month only: it is spread up to now, so even slots
  /// that are over change as time passes.
  [[nodiscard]] Result<bool> HasOpenUntimed();
  [[nodiscard]] Result<std::vector<SeriesRow>> Rows(const Slots& slots);
  /// The names that occur in the span, in the order of their ids. Errors (kInvalid) when these are too many
  /// rows.
  [[nodiscard]] Result<std::vector<NamedSeries>> NamedRows(const Slots& slots, GroupBy by);

 private:
  [[nodiscard]] Status Read(const SeriesSelection& selection, const Slots& slots, SeriesRows& rows);

  Snapshot& snapshot_;
  const SeriesFilter filter_;
};

/// In which minutes of the span somebody was subscribed.
[[nodiscard]] Result<Coverage> ReadCoverage(Snapshot& snapshot, Piece span);

}  // namespace keymeter::query_api
