#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "benchmarks/relay_load/population.h"
#include "benchmarks/usage_file/bucket_rows.h"
#include "benchmarks/usage_file/history.h"
#include "tests/support/relay/random.h"

namespace keymeter::usage_file {

/// History of a relay whose every key uses every model in the same share of the minutes, drawn anew each
/// minute: the most rows that so many series-minutes can have, since hardly an hour lacks one.
///
/// Rows go into the file in the order in which a live processor inserts them, and its pages come out as full.
/// Threads: one. Lifetime: borrows all that it is given.
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
