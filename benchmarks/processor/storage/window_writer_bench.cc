/// What a flush costs in SQLite when every series grew, the roll-up of their minute, and its removal.

#include <cstdlib>
#include <filesystem>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "processor/storage/window_writer.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kFlushedHour = 1795176000;

/// A file in a directory of its own, removed at the end.
class ScratchFile {
 public:
  ScratchFile() {
    std::string path = (std::filesystem::temp_directory_path() / "keymeter-bench-XXXXXX").string();
    if (mkdtemp(path.data()) != nullptr) directory_ = path;
  }
  ~ScratchFile() {
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  [[nodiscard]] std::string path() const { return (directory_ / "keymeter.db").string(); }

 private:
  std::filesystem::path directory_;
};

WriteBatch AllSeries(SeriesId count) {
  static SeriesRegistry registry;  // the batch's texts are its
  WriteBatch batch;
  for (SeriesId id = 1; id <= count; ++id) {
    if (registry.size() < id) registry.Intern(EntityKind::kApiKey, fmt::format("key-{}", id), "gpt-5");
    batch.new_series.emplace_back(id, registry[id]);
  }
  return batch;
}

/// Growth of every series in one minute, with its readings.
WriteBatch Minute(SeriesId count, std::int64_t minute) {
  WriteBatch batch;
  Amounts growth;
  growth.values.fill(minute);
  for (SeriesId id = 1; id <= count; ++id) {
    batch.growth.push_back({Level::kMinute, kFlushedHour + minute * kMinuteSeconds, id, growth});
    batch.readings.push_back({kFlushedHour, id, kFlushedHour * 1000, growth});
  }
  return batch;
}

/// A new minute each time.
void Flush(benchmark::State& state) {
  const auto count = static_cast<SeriesId>(state.range(0));
  const ScratchFile file;
  auto writer = WindowWriter::Open(file.path());
  if (!writer || !writer->Write(AllSeries(count))) return state.SkipWithError("cannot write");
  std::int64_t minute = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const WriteBatch batch = Minute(count, ++minute);
    state.ResumeTiming();
    if (!writer->Write(batch)) return state.SkipWithError("cannot write");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * count);
}
BENCHMARK(Flush)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->MinTime(2);

void RollUp(benchmark::State& state) {
  const auto count = static_cast<SeriesId>(state.range(0));
  const ScratchFile file;
  auto writer = WindowWriter::Open(file.path());
  if (!writer || !writer->Write(AllSeries(count))) return state.SkipWithError("cannot write");
  std::int64_t minute = 0;
  for (auto _ : state) {
    state.PauseTiming();
    if (!writer->Write(Minute(count, ++minute))) return state.SkipWithError("cannot write");
    state.ResumeTiming();
    if (!writer->RollUp(kFlushedHour + (minute + 1) * kMinuteSeconds))
      return state.SkipWithError("cannot roll up");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * count);
}
BENCHMARK(RollUp)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->MinTime(2);

/// One step of retention, of minutes in which every series grew.
void RemoveSome(benchmark::State& state) {
  const auto count = static_cast<SeriesId>(state.range(0));
  const ScratchFile file;
  auto writer = WindowWriter::Open(file.path());
  if (!writer || !writer->Write(AllSeries(count))) return state.SkipWithError("cannot write");
  std::int64_t minute = 0;
  for (auto _ : state) {
    const auto is_more = writer->retention().RemoveSome(writer->database());
    if (!is_more) return state.SkipWithError("cannot remove");
    if (*is_more) continue;
    state.PauseTiming();
    const std::int64_t until = kFlushedHour + (++minute + 1) * kMinuteSeconds;
    if (!writer->Write(Minute(count, minute)) || !writer->RollUp(until) ||
        !writer->retention().Advance(writer->database(), {.minutes = until}))
      return state.SkipWithError("cannot write");
    state.ResumeTiming();
  }
  state.SetItemsProcessed(writer->retention().removed()[0]);
}
BENCHMARK(RemoveSome)->Arg(100'000)->Unit(benchmark::kMillisecond)->Iterations(200);

}  // namespace

}  // namespace keymeter::processor
