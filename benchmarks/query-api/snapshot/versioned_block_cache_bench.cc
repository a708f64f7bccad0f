/// What a look-up in the cache of decoded buckets costs, alone and among threads, and what a write costs it.

#include <vector>

#include <benchmark/benchmark.h>

#include "query-api/snapshot/versioned_block_cache.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kBuckets = 720;  // hours of a month
constexpr std::size_t kRowsOfBlock = 1000;

FileVersion StateAt(std::int64_t data_version) {
  return {.file = 1, .utc_offset_s = 0, .data_version = data_version, .rolled_until = 1'000'000'000};
}

BucketKey HourKey(std::int64_t number) {
  return {UsageTable::kHour, number * kHourSeconds, false};
}

CachedBucket DecodedHour() {
  UsageBlockBuilder builder;
  for (std::size_t row = 0; row < kRowsOfBlock; ++row)
    builder.Add(static_cast<std::uint32_t>(row), {3, 1000, 200, 50, 4000, 0, 12'000, 12'000});
  return {std::make_shared<const UsageBlock>(builder.Build()), {}};
}

VersionedBlockCache& FilledCache() {
  static VersionedBlockCache cache(std::size_t{64} << 20U);
  static const bool is_filled = [] {
    (void)cache.NeedsChangesSince(StateAt(1));
    for (std::int64_t i = 0; i < kBuckets; ++i) cache.Put(StateAt(1), HourKey(i), true, DecodedHour());
    return true;
  }();
  benchmark::DoNotOptimize(is_filled);
  return cache;
}

/// As an answer over a month of hours looks for its buckets.
void FindBuckets(benchmark::State& state) {
  VersionedBlockCache& cache = FilledCache();
  std::int64_t number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.Find(StateAt(1), HourKey(number), true));
    number = (number + 1) % kBuckets;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FindBuckets)->Threads(1)->Threads(2)->Threads(8)->UseRealTime();

void PutBuckets(benchmark::State& state) {
  VersionedBlockCache cache(std::size_t{8} << 20U);  // room for a part of them
  (void)cache.NeedsChangesSince(StateAt(1));
  const CachedBucket hour = DecodedHour();
  std::int64_t number = 0;
  for (auto _ : state) cache.Put(StateAt(1), HourKey(number++), true, hour);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutBuckets);

/// A new state of the file with as many changed buckets as the argument says.
void AddChangedBuckets(benchmark::State& state) {
  VersionedBlockCache cache(std::size_t{64} << 20U);
  (void)cache.NeedsChangesSince(StateAt(1));
  std::int64_t version = 1;
  std::vector<BucketChange> changes(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const auto since = cache.NeedsChangesSince(StateAt(++version));
    for (std::size_t i = 0; i < changes.size(); ++i)
      changes[i] = {Level::kHour, static_cast<std::int64_t>(i) * kHourSeconds, version};
    cache.AddChanges(StateAt(version), since.value_or(0), 0, changes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(AddChangedBuckets)->Arg(1)->Arg(100);

}  // namespace

}  // namespace keymeter::query_api
