#include "benchmarks/program/api_bench/comparison.h"

#include <cstdio>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/support/http_client.h"

namespace keymeter::testing {

namespace {

constexpr int kClients = 8;

std::vector<std::string> Flags(const std::string& db, const std::vector<std::string>& more = {}) {
  std::vector<std::string> flags = {"--db", db, "--rate-limit", "off"};
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

}  // namespace

Comparison::Comparison(const std::string& db, const std::string& older_binary)
    : before_{.uncached = Program("serve", Flags(db, {"--answer-cache", "off"}), {}, InPlace(older_binary)),
              .cached = Program("serve", Flags(db), {}, InPlace(older_binary))},
      ours_{.uncached = Program("serve", Flags(db, {"--answer-cache", "off"})),
            .cached = Program("serve", Flags(db))} {}

void Comparison::Measure(const std::vector<std::string>& paths, int seconds) const {
  const Result before = Ask(before_, paths, seconds);
  const Result ours = Ask(ours_, paths, seconds);
  std::printf(
      "  before -> ours: uncached p50 %.2f -> %.2f, p99 %.2f -> %.2f ms; cached %.0f -> %.0f/s by %d\n",
      before.uncached.p50_ms, ours.uncached.p50_ms, before.uncached.p99_ms, ours.uncached.p99_ms,
      before.cached.rate, ours.cached.rate, kClients);
  std::fflush(stdout);
}

Comparison::Result Comparison::Ask(const Servers& servers, const std::vector<std::string>& paths,
                                   int seconds) {
  (void)HttpGet(servers.uncached.Api(paths.front()));  // a first answer after a start reads the file
  (void)HttpGet(servers.cached.Api(paths.front()));
  Result result{.uncached = testing::Ask(servers.uncached.Api(""), paths, 1, seconds),
                .cached = testing::Ask(servers.cached.Api(""), {paths.front()}, kClients, seconds)};
  if (result.uncached.failed + result.cached.failed > 0)
    throw std::runtime_error(fmt::format("{}: {} answers were no 200", paths.front(),
                                         result.uncached.failed + result.cached.failed));
  return result;
}

}  // namespace keymeter::testing
