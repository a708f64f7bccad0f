/// What it costs to say of a key whether it is metered: nine of ten events are dropped here.

#include <benchmark/benchmark.h>

#include "processor/metering/event_matcher.h"
#include "schema/profile_loader.h"

namespace keymeter::processor {

namespace {

constexpr std::string_view kId = "5e812359-e969-4a6d-a0a6-f3bcedd18c3b";

std::string WithId(std::string_view shape) {
  std::string key(shape);
  const std::size_t at = key.find('@');
  return at == std::string::npos ? key : key.replace(at, 1, kId);
}

/// Keys that the first relay's HINCRBY and HSET name, each as often as others of its group; "@" is an id.
const std::vector<std::string>& Dropped() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> texts;
    for (const char* shape :
         {"usage:@", "usage:daily:@:2026-11-20", "usage:monthly:@:2026-11", "usage:hourly:@:2026-11-20:20",
          "usage:@:model:daily:gpt-5:2026-11-20", "usage:@:model:monthly:gpt-5:2026-11",
          "usage:@:model:alltime:gpt-5", "usage:model:hourly:gpt-5:2026-11-20:20",
          "usage:global:daily:2026-11-20", "usage:global:total", "account_usage:@",
          "account_usage:daily:@:2026-11-20", "account_usage:hourly:@:2026-11-20:20",
          "account_usage:model:daily:@:gpt-5:2026-11-20", "system:metrics:minute:29919600"})
      texts.push_back(WithId(shape));
    return texts;
  }();
  return keys;
}

const std::vector<std::string>& Metered() {
  static const std::vector<std::string> keys = {WithId("usage:@:model:hourly:gpt-5:2026-11-20:20"),
                                                WithId("account_usage:model:hourly:@:gpt-5:2026-11-20:20")};
  return keys;
}

void Find(benchmark::State& state, const std::vector<std::string>& keys) {
  const MeteringPlan plan =
      MeteringPlan::Make(LoadProfiles("claude-relay-service").value(), {}, 0, 0).value();
  EventMatcher matcher(plan);
  for (auto _ : state)
    for (const std::string& key : keys) {
      const EventMatcher::Match match = matcher.Find(key);
      if (match.what == EventMatcher::What::kCounter)
        benchmark::DoNotOptimize(matcher.NaiveHour(match.parts));
      benchmark::DoNotOptimize(match);
    }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(keys.size()));
}
BENCHMARK_CAPTURE(Find, dropped, Dropped());
BENCHMARK_CAPTURE(Find, metered, Metered());

}  // namespace

}  // namespace keymeter::processor
