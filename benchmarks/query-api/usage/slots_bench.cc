/// What it costs to make a time axis, and to find the slot of each of its buckets.

#include <benchmark/benchmark.h>

#include "query-api/usage/slots.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kSlotsNow = 1'795'178'070;
constexpr std::int64_t kSlotsOffset = 8 * kHourSeconds;

SlotRequest LastDays(std::int64_t days, std::int64_t slot_sec) {
  return {(kSlotsNow - days * kDaySeconds) * 1000, kSlotsNow * 1000, slot_sec, ""};
}

void MakeSlots(benchmark::State& state) {
  const SlotRequest request = LastDays(30, kHourSeconds);
  for (auto _ : state) benchmark::DoNotOptimize(Slots::Make(request, kSlotsNow * 1000, kSlotsOffset));
}
BENCHMARK(MakeSlots);

void FindSlotOfMinute(benchmark::State& state) {
  const Slots slots = Slots::Make(LastDays(7, 300), kSlotsNow * 1000, kSlotsOffset).value();
  std::int64_t items = 0;
  for (auto _ : state)
    for (std::int64_t minute = slots.start(); minute < slots.end(); minute += kMinuteSeconds, ++items)
      benchmark::DoNotOptimize(slots.IndexOf(minute));
  state.SetItemsProcessed(items);
}
BENCHMARK(FindSlotOfMinute);

/// Calendar months have no fixed length.
void FindSlotOfDayInMonths(benchmark::State& state) {
  SlotRequest request{};
  request.start_ms = (kSlotsNow - 3650 * kDaySeconds) * 1000;
  request.end_ms = kSlotsNow * 1000;
  request.unit = "month";
  const Slots slots = Slots::Make(request, kSlotsNow * 1000, kSlotsOffset).value();
  std::int64_t items = 0;
  for (auto _ : state)
    for (std::int64_t day = slots.start(); day < slots.end(); day += kDaySeconds, ++items)
      benchmark::DoNotOptimize(slots.IndexOf(day));
  state.SetItemsProcessed(items);
}
BENCHMARK(FindSlotOfDayInMonths);

}  // namespace

}  // namespace keymeter::query_api
