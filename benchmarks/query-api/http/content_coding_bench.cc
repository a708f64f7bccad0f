/// What it costs to read an Accept-Encoding, and to compress an answer for it.

#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "query-api/http/content_coding.h"

namespace keymeter::query_api {

namespace {

void ReadAcceptEncoding(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(ParseAcceptEncoding("gzip, deflate, br, zstd;q=0.8, *;q=0.1"));
}
BENCHMARK(ReadAcceptEncoding);

/// Text like that of a list: names repeat, numbers do not.
std::string ListText(std::size_t least_bytes) {
  std::string text = "[";
  for (std::size_t i = 0; text.size() < least_bytes; ++i)
    text += fmt::format(
        R"({{"keyId":"5e812359-e969-4a6d-{:06}","name":"key {}","isActive":true,"usage":{{"requests":{}}}}},)",
        i * 7919 % 1'000'000, i, i * 104'729 % 100'000);
  return text + "]";
}

void EncodeAnswer(benchmark::State& state) {
  const Request request{"GET", "/", "", {{"Accept-Encoding", "gzip"}}};
  Response response;
  response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  response.body = ListText(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Encoded(request, response));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(response.body.size()));
}
BENCHMARK(EncodeAnswer)->Arg(1 << 10)->Arg(64 << 10)->Arg(1 << 20)->Unit(benchmark::kMicrosecond);

}  // namespace

}  // namespace keymeter::query_api
