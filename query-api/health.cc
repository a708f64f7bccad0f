#include "query-api/health.h"

#include <algorithm>

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kMaxFlushAgeMs = 5000;
constexpr std::int64_t kMaxFlushIntervals = 5;
constexpr std::int64_t kMaxLagMs = 5000;

bool IsSilent(const SourceState& state, std::int64_t now_ms) {
  return now_ms - state.last_flush_ms >
         std::max(kMaxFlushAgeMs, kMaxFlushIntervals * state.flush_interval_ms);
}

}  // namespace

bool IsConnected(const SourceState& state, std::int64_t now_ms) {
  return state.has_processor && state.connected && !state.stopped_ms && !IsSilent(state, now_ms);
}

std::vector<std::string> UnhealthyReasons(const SourceState& state, std::int64_t now_ms) {
  if (!state.has_processor) return {"no processor has written this file"};
  std::vector<std::string> reasons;
  if (state.stopped_ms) {
    reasons.push_back(fmt::format("processor stopped {} s ago", (now_ms - *state.stopped_ms) / 1000));
  } else if (IsSilent(state, now_ms)) {
    reasons.push_back(fmt::format("last flush {} s ago", (now_ms - state.last_flush_ms) / 1000));
  }
  if (!state.connected && !state.stopped_ms) {
    reasons.push_back(state.problem.empty() ? "not connected" : "not connected: " + state.problem);
  } else if (!state.problem.empty()) {
    reasons.push_back(state.problem);
  }
  if (!state.baseline_read) reasons.emplace_back("baseline not read");
  if (state.lag_ms > kMaxLagMs) reasons.push_back(fmt::format("lag {} ms", state.lag_ms));
  if (state.drift > 0) reasons.push_back(fmt::format("drift in {} counters", state.drift));
  return reasons;
}

Response HealthResponse(const std::vector<std::string>& reasons) {
  if (reasons.empty()) return JsonResponse(Json{{"ok", true}});
  return JsonResponse(Json{{"ok", false}, {"reasons", reasons}}, 503);
}

Response HealthAnswer(ApiContext& context) {
  const auto snapshot = Snapshot::Take(context);
  if (!snapshot) return HealthResponse({snapshot.error().message});
  return HealthResponse(UnhealthyReasons(snapshot->state, snapshot->now_ms));
}

}  // namespace keymeter::query_api
