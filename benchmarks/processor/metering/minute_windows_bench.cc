/// What it costs to add growth to the open minute, and to drain a minute of many series.

#include <benchmark/benchmark.h>

#include "processor/metering/minute_windows.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kMinute = 1795176060;

void AddAndDrain(benchmark::State& state) {
  const auto series = static_cast<SeriesId>(state.range(0));
  Amounts growth;
  growth[Metric::kRequests] = 1;
  MinuteWindows windows;
  for (auto _ : state) {
    for (SeriesId id = 1; id <= series; ++id) windows.Add({Level::kMinute, kMinute}, id, growth);
    benchmark::DoNotOptimize(windows.Drain());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * series);
}
BENCHMARK(AddAndDrain)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace keymeter::processor
