/// What an event and its reading cost between Redis and the next flush.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "benchmarks/processor/metering/moment.h"
#include "processor/metering/meter.h"
#include "tests/support/allocation_count.h"

namespace keymeter::processor {

namespace {

std::vector<std::string> Ids(std::int64_t count) {
  std::vector<std::string> ids;
  for (std::int64_t i = 0; i < count; ++i) ids.push_back(fmt::format("5e812359-e969-4a6d-a0a6-{:012}", i));
  return ids;
}

/// Events of known counters, ten to a reading.
void KnownEvents(benchmark::State& state) {
  constexpr int kEventsPerReading = 10;
  const std::vector<std::string> ids = Ids(state.range(0));
  Meter meter;
  meter.BeginSession(kNowMs);
  meter.CompleteBaseline();
  const auto announce = [&] {
    for (int event = 0; event < kEventsPerReading; ++event)
      for (const std::string& id : ids) meter.OnGrowth(EntityKind::kApiKey, id, "gpt-5", kHour, kNowMs);
  };
  announce();
  meter.TakeDirty(ids.size());
  const std::size_t before = testing::AllocationCount();
  for (auto _ : state) {
    announce();
    meter.TakeDirty(ids.size());
  }
  const auto events = static_cast<std::int64_t>(state.iterations()) * kEventsPerReading *
                      static_cast<std::int64_t>(ids.size());
  state.SetItemsProcessed(events);
  state.counters["allocations_per_event"] =
      static_cast<double>(testing::AllocationCount() - before) / static_cast<double>(events);
}
BENCHMARK(KnownEvents)->Arg(100)->Arg(10'000)->Arg(100'000);

/// One more event and its reading of each.
void ReadAll(Meter& meter, const std::vector<std::string>& ids, std::int64_t value) {
  for (const std::string& id : ids) meter.OnGrowth(EntityKind::kApiKey, id, "gpt-5", kHour, kNowMs);
  for (CounterIndex index : meter.TakeDirty(ids.size())) {
    CounterRead read = meter.BeginRead(index, kNowMs);
    read.received_ms = kNowMs;
    read.is_usable = true;
    read.values[Metric::kRequests] = value;
    meter.FinishRead(read);
  }
}

/// One event, its reading and the flush of a second, for each of many counters.
void ReadAndDrain(benchmark::State& state) {
  const std::vector<std::string> ids = Ids(state.range(0));
  Meter meter;
  meter.BeginSession(kNowMs);
  meter.CompleteBaseline();
  std::int64_t value = 0;
  for (auto _ : state) {
    ++value;
    ReadAll(meter, ids, value);
    WriteBatch batch;
    meter.Drain(batch);
    benchmark::DoNotOptimize(batch);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(ids.size()));
}
BENCHMARK(ReadAndDrain)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// What a flush of all of them costs the loop: with its new minute rows and readings.
void Drain(benchmark::State& state) {
  const std::vector<std::string> ids = Ids(state.range(0));
  Meter meter;
  meter.BeginSession(kNowMs);
  meter.CompleteBaseline();
  std::int64_t value = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ReadAll(meter, ids, ++value);
    {
      WriteBatch batch;
      state.ResumeTiming();
      meter.Drain(batch);
      state.PauseTiming();
    }
    state.ResumeTiming();
  }
}
BENCHMARK(Drain)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond)->Iterations(20);

/// The same, refused by SQLite.
void DrainAndUndrain(benchmark::State& state) {
  const std::vector<std::string> ids = Ids(state.range(0));
  Meter meter;
  meter.BeginSession(kNowMs);
  meter.CompleteBaseline();
  ReadAll(meter, ids, 1);
  for (auto _ : state) {
    WriteBatch batch;
    meter.Drain(batch);
    meter.Undrain(batch);
  }
}
BENCHMARK(DrainAndUndrain)->Arg(100)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace

}  // namespace keymeter::processor
