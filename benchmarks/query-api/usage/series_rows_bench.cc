/// What a row of the file costs on its way into a slot, and what it costs to spread untimed amounts.

#include <benchmark/benchmark.h>

#include "query-api/usage/series_rows.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kRowsEnd = 1'795'176'000;
constexpr UsageSum kRow{3, 1000, 200, 50, 4000, 12'000, 12'000};

Slots LastDaysInSlots(std::int64_t days, std::int64_t slot_sec) {
  return Slots::Make({(kRowsEnd - days * kDaySeconds) * 1000, kRowsEnd * 1000, slot_sec, ""}, kRowsEnd * 1000,
                     0)
      .value();
}

/// A day of hours under one name: as many keys as the argument says, each in every hour.
void AddTimedRows(benchmark::State& state) {
  const auto keys = static_cast<std::uint32_t>(state.range(0));
  const Slots slots = LastDaysInSlots(1, kHourSeconds);
  for (auto _ : state) {
    SeriesRows rows(slots);
    for (std::int64_t hour = slots.start(); hour < slots.end(); hour += kHourSeconds)
      for (std::uint32_t key = 0; key < keys; ++key) rows.AddTimed(hour, {key, key / 4}, kRow);
    benchmark::DoNotOptimize(rows.Finish(CoveredMinutes(), kRowsEnd * 1000));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 24 * keys);
}
BENCHMARK(AddTimedRows)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

/// The same, each key under a name of its own.
void AddTimedRowsByName(benchmark::State& state) {
  const auto keys = static_cast<std::uint32_t>(state.range(0));
  const Slots slots = LastDaysInSlots(1, kHourSeconds);
  for (auto _ : state) {
    SeriesRows rows(slots);
    for (std::int64_t hour = slots.start(); hour < slots.end(); hour += kHourSeconds)
      for (std::uint32_t key = 0; key < keys; ++key) rows.AddTimed(hour, {key, key}, kRow, key);
    benchmark::DoNotOptimize(rows.FinishNames(CoveredMinutes(), kRowsEnd * 1000));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 24 * keys);
}
BENCHMARK(AddTimedRowsByName)->Arg(100)->Arg(2000)->Unit(benchmark::kMicrosecond);

/// A week of hours without minutes, spread over five-minute slots.
void SpreadUntimedHours(benchmark::State& state) {
  const Slots slots = LastDaysInSlots(7, 300);
  CoveredMinutes covered;
  for (std::int64_t minute = slots.start(); minute < slots.end(); minute += 2 * kMinuteSeconds)
    covered.Add(minute, 60'000);
  for (auto _ : state) {
    SeriesRows rows(slots);
    for (std::int64_t hour = slots.start(); hour < slots.end(); hour += kHourSeconds)
      for (std::uint32_t key = 0; key < 50; ++key)
        rows.AddUntimed(hour, hour + kHourSeconds, {key, key}, kRow);
    benchmark::DoNotOptimize(rows.Finish(covered, kRowsEnd * 1000));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 168);
}
BENCHMARK(SpreadUntimedHours)->Unit(benchmark::kMicrosecond);

}  // namespace

}  // namespace keymeter::query_api
