/// What each request costs on the front's one thread, which all clients share: reading its head, and writing
/// it anew for the inside. Aim: 2 µs for the head of a browser.

#include <string>

#include <benchmark/benchmark.h>

#include "query-api/front/inner_request.h"
#include "query-api/front/request_head.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kOfCurl =
    "GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:8787\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";

/// As Firefox sends it for a page of ours: twelve headers.
constexpr std::string_view kOfBrowser =
    "GET /api/stats/series?start_ms=1795000000000&end_ms=1795178000000&slot_sec=300 HTTP/1.1\r\n"
    "Host: 127.0.0.1:8787\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: application/json, text/plain, */*\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Authorization: Bearer km_0123456789abcdef0123456789abcdef\r\n"
    "Origin: http://localhost:3000\r\n"
    "Connection: keep-alive\r\n"
    "Referer: http://localhost:3000/\r\n"
    "If-None-Match: \"5e812359e9694a6d\"\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Site: cross-site\r\n\r\n";

void ReadHead(benchmark::State& state, std::string_view bytes) {
  if (const auto head = ReadRequestHead(bytes); !head || !*head) return state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(ReadRequestHead(bytes));
}
BENCHMARK_CAPTURE(ReadHead, curl, kOfCurl);
BENCHMARK_CAPTURE(ReadHead, browser, kOfBrowser);

/// What each further byte costs of a head that trickles in and is as long as one may be.
void WaitForHead(benchmark::State& state) {
  const std::string bytes = "GET / HTTP/1.1\r\nX: " + std::string(kMaxHeadBytes - 32, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(ReadRequestHead(bytes));
}
BENCHMARK(WaitForHead);

void RefuseHead(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ReadRequestHead("GET / HTTP/1.1\r\nHost : a\r\n\r\n"));
}
BENCHMARK(RefuseHead);

void WriteInnerRequest(benchmark::State& state) {
  Request request = ReadRequestHead(kOfBrowser)->value().request;
  request.peer = "127.0.0.1";
  std::string out;
  for (auto _ : state) {
    out.clear();
    AppendInnerRequest(out, request);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(WriteInnerRequest);

}  // namespace

}  // namespace keymeter::query_api
