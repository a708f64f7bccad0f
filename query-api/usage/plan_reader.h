#pragma once

#include <functional>
#include <optional>
#include <string>

#include "query-api/snapshot/snapshot.h"
#include "query-api/snapshot/usage_blocks.h"
#include "query-api/usage/level_plan.h"
#include "query-api/usage/price_table.h"
#include "query-api/usage/series_selection.h"
#include "query-api/usage/usage_sum.h"

namespace keymeter::query_api {

/// Makes plans for a snapshot's file, and reads their steps: the rows of the selected series, with the money
/// that they cost.
///
/// Few series (kFewSeries) are looked up bucket by bucket; for more, whole buckets come from the cache.
/// Threads: one. Lifetime: borrows snapshot, blocks and selection. Bounds: a row at a time.
/// Tested by tests/query-api/endpoints/top_test.cc and series_test.cc.
class PlanReader {
 public:
  static constexpr std::size_t kFewSeries = 256;
  using Visitor = std::function<void(std::int64_t bucket, std::uint32_t series, const UsageSum& usage)>;

  static Result<PlanReader> Make(Snapshot& snapshot, UsageBlocks& blocks, const SeriesSelection& selection);

  /// A span in epoch seconds, on minutes.
  [[nodiscard]] Result<LevelPlan> Plan(std::int64_t from, std::int64_t to, Level coarsest);
  /// Rows in the order of their buckets.
  [[nodiscard]] Status Read(const PlanStep& step, const Visitor& visit);

 private:
  PlanReader(Snapshot& snapshot, UsageBlocks& blocks, const SeriesSelection& selection)
      : snapshot_(&snapshot), blocks_(&blocks), selection_(&selection) {}
  [[nodiscard]] Status ReadBlocks(const PlanStep& step, const Visitor& visit);
  [[nodiscard]] Status LookUp(const PlanStep& step, const Visitor& visit);
  [[nodiscard]] UsageSum SumOf(std::int64_t bucket, std::uint32_t series, const BlockRow& row) const;

  Snapshot* snapshot_;
  UsageBlocks* blocks_;
  const SeriesSelection* selection_;
  std::optional<PriceTable> prices_;  ///< of accounts
  std::string ids_;                   ///< JSON array of the series when they are few, else ""
};

}  // namespace keymeter::query_api
