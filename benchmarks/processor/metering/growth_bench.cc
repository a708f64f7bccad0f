/// What it costs to judge one reading: its verdict, and the bucket of its growth.

#include <benchmark/benchmark.h>

#include "benchmarks/processor/metering/moment.h"
#include "processor/metering/growth.h"

namespace keymeter::processor {

namespace {

void CompareReadings(benchmark::State& state) {
  Amounts before;
  before.values = {3, 1234, 345, 0, 43'210, 0, 0, 54'321, 54'321};
  Amounts now = before;
  now[Metric::kRequests] += 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(now);
    benchmark::DoNotOptimize(Compare(before, now, {}));
  }
}
BENCHMARK(CompareReadings);

void PlaceInMinute(benchmark::State& state) {
  const std::int64_t hour = state.range(0);
  Interval interval{kNowMs - 90, kNowMs, true};
  for (auto _ : state) {
    benchmark::DoNotOptimize(interval);
    benchmark::DoNotOptimize(Place(interval, hour, 8 * kHourSeconds));
  }
}
BENCHMARK(PlaceInMinute)->Arg(kHour)->Arg(kNoPeriod);

}  // namespace

}  // namespace keymeter::processor
