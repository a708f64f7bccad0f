#include "schema/processor_health.h"

#include <algorithm>

#include <fmt/format.h>

namespace keymeter {

namespace {

using Kind = HealthReason::Kind;

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

std::vector<HealthReason> UnhealthyReasons(const ProcessorHealth& health, std::int64_t now_ms) {
  if (!health.has_processor) return {{Kind::kNoProcessor}};
  std::vector<HealthReason> reasons;
  if (health.stopped_ms) {
    reasons.push_back({Kind::kStopped, (now_ms - *health.stopped_ms) / 1000});
  } else if (IsSilent(health, now_ms)) {
    reasons.push_back({Kind::kSilent, (now_ms - health.last_flush_ms) / 1000});
  }
  if (!health.connected && !health.stopped_ms) {
    reasons.push_back({Kind::kNotConnected, 0, health.problem});
  } else if (!health.problem.empty()) {
    reasons.push_back({Kind::kProblem, 0, health.problem});
  }
  if (!health.baseline_read) reasons.push_back({Kind::kBaselineNotRead});
  if (health.lag_ms > kMaxLagMs) reasons.push_back({Kind::kLag, health.lag_ms});
  if (health.drift > 0) reasons.push_back({Kind::kDrift, health.drift});
  return reasons;
}

std::string HealthReasonText(const HealthReason& reason) {
  switch (reason.kind) {
    case Kind::kNoProcessor:
      return "no processor has written this file";
    case Kind::kStopped:
      return fmt::format("processor stopped {} s ago", reason.amount);
    case Kind::kSilent:
      return fmt::format("last flush {} s ago", reason.amount);
    case Kind::kNotConnected:
      return reason.detail.empty() ? "not connected" : "not connected: " + reason.detail;
    case Kind::kProblem:
    case Kind::kUnreadable:
      return reason.detail;
    case Kind::kBaselineNotRead:
      return "baseline not read";
    case Kind::kLag:
      return fmt::format("lag {} ms", reason.amount);
    case Kind::kDrift:
      return fmt::format("drift in {} counters", reason.amount);
  }
  return "";
}

std::vector<std::string> HealthReasonTexts(const std::vector<HealthReason>& reasons) {
  std::vector<std::string> texts;
  texts.reserve(reasons.size());
  for (const HealthReason& reason : reasons) texts.push_back(HealthReasonText(reason));
  return texts;
}

}  // namespace keymeter
