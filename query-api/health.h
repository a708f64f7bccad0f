#pragma once

#include <string>
#include <vector>

#include "query-api/snapshot.h"

namespace keymeter::query_api {

/// What is not well, for people; empty when all is. No ids, no names.
///
/// Bounds: the last flush may be max(5 s, 5 flush intervals) old, the lag 5 s.
[[nodiscard]] std::vector<std::string> UnhealthyReasons(const SourceState& state, std::int64_t now_ms);

/// Connected, and the process that says so is still there: neither stopped nor silent.
[[nodiscard]] bool IsConnected(const SourceState& state, std::int64_t now_ms);

/// `{"ok":true}`, or 503 `{"ok":false,"reasons":[…]}`. For /api/health and /healthz.
[[nodiscard]] Response HealthAnswer(ApiContext& context);

/// The same with the reasons given.
[[nodiscard]] Response HealthResponse(const std::vector<std::string>& reasons);

}  // namespace keymeter::query_api
