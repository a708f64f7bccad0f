/// What it costs to pack counters and to bring them back.

#include <benchmark/benchmark.h>

#include "benchmarks/processor/metering/moment.h"
#include "processor/metering/counter_table.h"

namespace keymeter::processor {

namespace {

/// Counters of an hour that has closed: packed, and brought back by a walk.
void PackAndExpect(benchmark::State& state) {
  const auto count = static_cast<SeriesId>(state.range(0));
  CounterTable table;
  Amounts reading;
  reading.values = {3, 1234, 345, 0, 43'210, 0, 0, 54'321, 54'321};
  for (SeriesId series = 1; series <= count; ++series) table.Restore({kHour, series, kNowMs, reading});
  for (auto _ : state) {
    CounterTable::Span span{kHour};
    std::vector<CounterIndex> found;
    while (table.ExpectSome(span, found)) {
    }
    for (CounterIndex index : found) table[index].is_expected = false;
    while (!table.Pack(kHour + kHourSeconds)) {
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * count);
}
BENCHMARK(PackAndExpect)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace keymeter::processor
