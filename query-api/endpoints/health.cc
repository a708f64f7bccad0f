#include "query-api/endpoints/health.h"

namespace keymeter::query_api {

Response HealthResponse(const std::vector<std::string>& reasons) {
  if (reasons.empty()) return JsonResponse(Json{{"ok", true}});
  return JsonResponse(Json{{"ok", false}, {"reasons", reasons}}, 503);
}

Response HealthAnswer(const ApiContext& context) {
  const auto snapshot = context.TakeSnapshot();
  if (!snapshot) return HealthResponse({snapshot.error().Text()});
  return HealthResponse(HealthReasonTexts(UnhealthyReasons(snapshot->state, snapshot->now_ms)));
}

}  // namespace keymeter::query_api
