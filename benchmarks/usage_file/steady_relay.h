#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "benchmarks/relay_load/population.h"
#include "benchmarks/usage_file/bucket_rows.h"
#include "benchmarks/usage_file/history_options.h"
#include "schema/error.h"
#include "schema/metrics.h"
#include "schema/sqlite.h"
#include "tests/support/relay/random.h"

namespace keymeter::usage_file {

/// History of a relay whose keys are all alike: each uses each model in the same share of the minutes, drawn
/// anew each minute. So hardly an hour lacks a row, and the file is as large as this many active minutes can
/// make it.
///
/// Rows are inserted in the order in which a live processor inserts them, so that pages are as full as its.
/// Threads: one. Lifetime: borrows options, database and population. Bounds: memory by series.
class SteadyRelay {
 public:
  SteadyRelay(const HistoryOptions& options, Database& database, const relay_load::Population& population);

  [[nodiscard]] Status Open();
  [[nodiscard]] Status Write();
  [[nodiscard]] HistoryCounts Counts() const;

 private:
  [[nodiscard]] Status WriteSeries();
  [[nodiscard]] Status WriteHour(std::int64_t hour);
  [[nodiscard]] Status WriteMinute(std::int64_t minute, bool is_kept);
  [[nodiscard]] Status CloseHour(std::int64_t hour);
  void DrawMinute();
  [[nodiscard]] Amounts DrawAmounts();
  void Say(std::int64_t done, std::int64_t of);
  [[nodiscard]] std::int64_t AccountSeries(std::size_t key, std::size_t model) const;

  const HistoryOptions& options_;
  Database& database_;
  const relay_load::Population& population_;
  relay_load::Random random_;
  std::optional<BucketRows> minutes_;
  std::optional<BucketRows> hours_;
  std::optional<BucketRows> days_;
  std::optional<BucketRows> months_;
  Statement insert_coverage_;
  Statement insert_reading_;
  struct Growth {
    std::int64_t series;
    std::int64_t account_series;
    Amounts amounts;
  };
  std::vector<std::vector<Growth>> of_second_;  ///< of the minute
  std::int64_t tenth_ = 0;
};

}  // namespace keymeter::usage_file
