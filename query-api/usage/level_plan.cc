#include "query-api/usage/level_plan.h"

#include <algorithm>

namespace keymeter::query_api {

LevelPlan LevelPlan::Make(const PlanRequest& request) {
  LevelPlan plan(request);
  const std::int64_t from = std::max(request.from, request.data_from);
  const std::int64_t to = std::min(request.to, request.data_to);
  if (from >= to) return plan;
  std::int64_t month = BucketOf(Level::kMonth, from, request.utc_offset_s);
  for (; month < to; month = NextBucket(Level::kMonth, month, request.utc_offset_s))
    plan.Cover(Level::kMonth, month);
  return plan;
}

void LevelPlan::Cover(Level level, std::int64_t bucket) {
  const std::int64_t end = NextBucket(level, bucket, request_.utc_offset_s);
  if (bucket >= request_.to || end <= request_.from || bucket >= request_.data_to ||
      end <= request_.data_from)
    return;
  const bool is_inside = level <= request_.coarsest && bucket >= request_.from && end <= request_.to;
  const auto finer = static_cast<Level>(static_cast<int>(level) - 1);
  const bool has_finer = level > Level::kMinute && bucket >= request_.horizons.Of(finer);
  const bool is_closed = end <= request_.rolled_until;
  if (is_inside && (!has_finer || (is_closed && !IsSplit(level, bucket)))) {
    Add(whole_, RowsOf(level), bucket, end);
  } else if (!has_finer) {
    Add(spread_evenly_, RowsOf(level), bucket, end);
  } else {
    Add(is_inside ? whole_ : spread_, UntimedOf(level), bucket, end);
    CoverFiner(finer, bucket, end);
  }
}

void LevelPlan::CoverFiner(Level level, std::int64_t bucket, std::int64_t end) {
  const std::int64_t from = std::max({bucket, request_.from, request_.data_from});
  const std::int64_t to = std::min({end, request_.to, request_.data_to});
  const std::int64_t offset = request_.utc_offset_s;
  for (std::int64_t finer = BucketOf(level, from, offset); finer < to;
       finer = NextBucket(level, finer, offset))
    Cover(level, finer);
}

bool LevelPlan::IsSplit(Level level, std::int64_t bucket) const {
  const auto& months = request_.split_months;
  return level == Level::kMonth && std::find(months.begin(), months.end(), bucket) != months.end();
}

void LevelPlan::Add(std::vector<PlanStep>& steps, UsageTable table, std::int64_t bucket, std::int64_t end) {
  if (!steps.empty() && steps.back().table == table && steps.back().to == bucket) {
    steps.back().to = end;
  } else {
    steps.push_back({table, bucket, end});
  }
}

}  // namespace keymeter::query_api
