/// Input: a profile. It is taken or refused with a reason; what is taken has something to meter, and is a
/// plan whose matcher finds every counter's key.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "processor/metering/event_matcher.h"
#include "schema/profile_parser.h"

namespace {

using keymeter::processor::EventMatcher;
using keymeter::processor::MeteringPlan;

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireFound(EventMatcher& matcher, const MeteringPlan& plan, std::size_t spec) {
  const keymeter::CounterSpec& counter = plan.counters()[spec];
  if (!plan.IsWatched(spec) || counter.IsExcluded("k")) return;
  const std::string key = counter.key.Key({"k", "a:m", "2026-11-20", "20"});
  const EventMatcher::Match match = matcher.Find(key);
  Require(match.what != EventMatcher::What::kNothing);  // which one is a question of patterns that overlap
  if (match.what != EventMatcher::What::kCounter) return;
  Require(plan.counters()[match.spec].key.Key(match.parts) == key);
  if (match.spec == spec && counter.period == keymeter::Period::kHour)
    Require(matcher.NaiveHour(match.parts).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto profile = keymeter::ParseProfile({reinterpret_cast<const char*>(data), size});
  if (!profile) {
    Require(!profile.error().message.empty());
    return 0;
  }
  Require(!profile->counters.empty() && !profile->counters.front().fields.empty());
  const auto plan = MeteringPlan::Make({std::move(*profile)}, {}, 0, 0);
  Require(plan.has_value() && plan->IsDecided());
  EventMatcher matcher(*plan);
  for (std::size_t i = 0; i < plan->counters().size(); ++i) RequireFound(matcher, *plan, i);
  return 0;
}
