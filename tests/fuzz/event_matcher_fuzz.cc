/// Input: the key of an event. What the shipped profiles find it to be builds it again, byte for byte; what
/// they find to be nothing fits none of their patterns; and looking costs no allocation.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <sanitizer/allocator_interface.h>

#include "processor/metering/event_matcher.h"
#include "schema/profile_loader.h"

namespace {

using keymeter::KeyParts;
using keymeter::KeyPattern;
using keymeter::processor::EventMatcher;
using keymeter::processor::MeteringPlan;
using What = EventMatcher::What;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::size_t allocations = 0;

MeteringPlan ShippedPlan() {
  __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t) { ++allocations; },
                                            [](const volatile void*) {});
  auto profiles = keymeter::LoadProfiles("auto");
  Require(profiles.has_value());
  auto plan = MeteringPlan::Make(std::move(*profiles), {}, 0, 0);
  Require(plan.has_value());
  return std::move(*plan);
}

bool Fits(const KeyPattern& pattern, const std::vector<std::string>& exclude, std::string_view key) {
  KeyParts parts;
  return pattern.Match(key, parts) && std::find(exclude.begin(), exclude.end(), parts.id) == exclude.end();
}

bool FitsAny(const MeteringPlan& plan, std::string_view key) {
  for (const auto& counter : plan.counters())
    if (Fits(counter.key, counter.exclude, key)) return true;
  for (const auto& entity : plan.entities().entities)
    if (Fits(entity.key, entity.exclude, key)) return true;
  return plan.entities().groups && Fits(plan.entities().groups->key, {}, key);
}

std::string Rebuilt(const MeteringPlan& plan, const EventMatcher::Match& match) {
  if (match.what == What::kCounter) return plan.counters().at(match.spec).key.Key(match.parts);
  if (match.what == What::kEntity) return plan.entities().entities.at(match.spec).key.Key(match.parts);
  return plan.entities().groups->key.Key(match.parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MeteringPlan plan = ShippedPlan();
  static EventMatcher matcher(plan);
  const std::string_view key(reinterpret_cast<const char*>(data), size);

  const std::size_t before = allocations;
  const EventMatcher::Match match = matcher.Find(key);
  Require(allocations == before);
  if (match.what == What::kNothing || match.what == What::kAmbiguous) {
    Require(key.empty() || !FitsAny(plan, key));
    return 0;
  }
  Require(Rebuilt(plan, match) == key);
  if (match.what == What::kCounter) Require(matcher.NaiveHour(match.parts) == matcher.NaiveHour(match.parts));
  return 0;
}
