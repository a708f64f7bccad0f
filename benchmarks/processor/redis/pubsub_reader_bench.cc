/// What a message costs from the socket's bytes to the sink, and how often it asks for memory.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "processor/redis/pubsub_reader.h"
#include "tests/support/allocation_count.h"
#include "tests/support/counting_sink.h"

namespace keymeter::processor {

namespace {

void FeedMessages(benchmark::State& state) {
  constexpr std::string_view kChannel = "__keyevent@0__:hincrby";
  constexpr int kMessages = 10'000;
  constexpr std::size_t kPiece = std::size_t{64} * 1024;
  std::string bytes;
  for (int i = 0; i < kMessages; ++i) {
    const std::string key = fmt::format("usage:5e812359-e969-4a6d-{:04}:model:daily:gpt-5:2026-11-20", i);
    bytes += fmt::format("*3\r\n$7\r\nmessage\r\n${}\r\n{}\r\n${}\r\n{}\r\n", kChannel.size(), kChannel,
                         key.size(), key);
  }
  testing::CountingSink heard;
  PubSubReader reader({"__keyevent@0__:hset", std::string(kChannel)}, heard);
  const auto feed = [&] {
    for (std::size_t at = 0; at < bytes.size(); at += kPiece)
      if (!reader.Feed(std::string_view(bytes).substr(at, kPiece)))
        return state.SkipWithError("not the protocol");
  };
  feed();
  const std::size_t before = testing::AllocationCount();
  for (auto _ : state) feed();
  const auto messages = static_cast<std::int64_t>(state.iterations()) * kMessages;
  state.SetItemsProcessed(messages);
  state.counters["allocations_per_message"] =
      static_cast<double>(testing::AllocationCount() - before) / static_cast<double>(messages);
  benchmark::DoNotOptimize(heard.bytes);
}
BENCHMARK(FeedMessages);

}  // namespace

}  // namespace keymeter::processor
