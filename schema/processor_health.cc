#include "schema/processor_health.h"

#include <algorithm>

#include <fmt/format.h>

namespace keymeter {

namespace {

constexpr std::int64_t kMaxFlushAgeMs = 5000;
constexpr std::int64_t kMaxFlushIntervals = 5;
constexpr std::int64_t kMaxLagMs = 5000;

}  // namespace

bool IsSilent(const ProcessorHealth& health, std::int64_t now_ms) {
  return now_ms - health.last_flush_ms >
         std::max(kMaxFlushAgeMs, kMaxFlushIntervals * health.flush_interval_ms);
}

bool IsConnected(const ProcessorHealth& health, std::int64_t now_ms) {
  return health.has_processor && health.connected && !health.stopped_ms && !IsSilent(health, now_ms);
}

std::vector<std::string> UnhealthyReasons(const ProcessorHealth& health, std::int64_t now_ms) {
  if (!health.has_processor) return {"no processor has written this file"};
  std::vector<std::string> reasons;
  if (health.stopped_ms) {
    reasons.push_back(fmt::format("processor stopped {} s ago", (now_ms - *health.stopped_ms) / 1000));
  } else if (IsSilent(health, now_ms)) {
    reasons.push_back(fmt::format("last flush {} s ago", (now_ms - health.last_flush_ms) / 1000));
  }
  if (!health.connected && !health.stopped_ms) {
    reasons.push_back(health.problem.empty() ? "not connected" : "not connected: " + health.problem);
  } else if (!health.problem.empty()) {
    reasons.push_back(health.problem);
  }
  if (!health.baseline_read) reasons.emplace_back("baseline not read");
  if (health.lag_ms > kMaxLagMs) reasons.push_back(fmt::format("lag {} ms", health.lag_ms));
  if (health.drift > 0) reasons.push_back(fmt::format("drift in {} counters", health.drift));
  return reasons;
}

}  // namespace keymeter
