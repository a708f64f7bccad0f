/// What it costs to find the fewest rows that answer a span.

#include <benchmark/benchmark.h>

#include "query-api/usage/level_plan.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kPlanNow = 1'795'178'040;

PlanRequest LastDaysBy(std::int64_t days, Level coarsest) {
  return {.from = kPlanNow - days * kDaySeconds,
          .to = kPlanNow,
          .coarsest = coarsest,
          .horizons = {},
          .rolled_until = kPlanNow - 300,
          .utc_offset_s = 8 * kHourSeconds,
          .split_months = {}};
}

/// A top over a span: months inside it whole, its ends by days, hours and minutes.
void PlanForTop(benchmark::State& state) {
  const PlanRequest request = LastDaysBy(state.range(0), Level::kMonth);
  for (auto _ : state) benchmark::DoNotOptimize(LevelPlan::Make(request));
}
BENCHMARK(PlanForTop)->Arg(1)->Arg(30)->Arg(365);

/// A series by hours: each day is split.
void PlanForHours(benchmark::State& state) {
  const PlanRequest request = LastDaysBy(state.range(0), Level::kHour);
  for (auto _ : state) benchmark::DoNotOptimize(LevelPlan::Make(request));
}
BENCHMARK(PlanForHours)->Arg(1)->Arg(30)->Arg(365)->Unit(benchmark::kMicrosecond);

/// A series by minutes of a week: each hour is split too.
void PlanForMinutes(benchmark::State& state) {
  const PlanRequest request = LastDaysBy(7, Level::kMinute);
  for (auto _ : state) benchmark::DoNotOptimize(LevelPlan::Make(request));
}
BENCHMARK(PlanForMinutes)->Unit(benchmark::kMicrosecond);

}  // namespace

}  // namespace keymeter::query_api
