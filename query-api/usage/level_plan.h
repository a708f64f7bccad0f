#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "query-api/snapshot/usage_block.h"
#include "schema/civil_time.h"
#include "schema/horizons.h"

namespace keymeter::query_api {

/// A span of time, and what the file holds of it.
struct PlanRequest {
  std::int64_t from = 0;  ///< epoch seconds, on a minute
  std::int64_t to = 0;    ///< exclusive
  /// Buckets up to this level may be taken whole: they lie inside one slot when they lie inside the span.
  Level coarsest = Level::kMonth;
  Horizons horizons;
  std::int64_t rolled_until = 0;
  std::int64_t utc_offset_s = 0;
  /// The file holds nothing before and after these; they only save steps.
  std::int64_t data_from = std::numeric_limits<std::int64_t>::min();
  std::int64_t data_to = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> split_months;  ///< answered by their days, as far as these are kept
};

/// Buckets of one table that follow one another.
struct PlanStep {
  UsageTable table = UsageTable::kMinute;
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool operator==(const PlanStep&) const = default;
};

/// The fewest rows that answer a span exactly: closed buckets inside the span at the coarsest level, finer
/// ones at its ends and where a bucket is still open (minutes that are not rolled up are in no coarser row),
/// and of each bucket that is split the amounts that its finer buckets lack.
///
/// Whatever the file holds of the span is in exactly one step.
/// Threads: a pure value. Bounds: steps by the number of buckets that are split.
class LevelPlan {
 public:
  static LevelPlan Make(const PlanRequest& request);

  /// Steps whose rows count in full, in the order of their times.
  [[nodiscard]] const std::vector<PlanStep>& whole() const { return whole_; }
  /// Untimed amounts of buckets that reach beyond the span or over several slots: nobody knows when in the
  /// bucket they happened.
  [[nodiscard]] const std::vector<PlanStep>& spread() const { return spread_; }
  /// Rows of such buckets whose finer rows retention has removed: most of their amounts happened while the
  /// processor was subscribed.
  [[nodiscard]] const std::vector<PlanStep>& spread_evenly() const { return spread_evenly_; }

 private:
  explicit LevelPlan(const PlanRequest& request) : request_(request) {}
  void Cover(Level level, std::int64_t bucket);
  void CoverFiner(Level level, std::int64_t bucket, std::int64_t end);
  [[nodiscard]] bool IsSplit(Level level, std::int64_t bucket) const;
  static void Add(std::vector<PlanStep>& steps, UsageTable table, std::int64_t bucket, std::int64_t end);

  PlanRequest request_;
  std::vector<PlanStep> whole_;
  std::vector<PlanStep> spread_;
  std::vector<PlanStep> spread_evenly_;
};

}  // namespace keymeter::query_api
