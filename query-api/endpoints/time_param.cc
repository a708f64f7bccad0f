#include "query-api/endpoints/time_param.h"

#include "schema/civil_time.h"

namespace keymeter::query_api {

Result<std::optional<std::int64_t>> TimeParam(const Params& params, std::string_view name, Edge edge,
                                              std::int64_t utc_offset_s) {
  const auto text = params.Text(name);
  if (!text) return std::nullopt;
  if (const auto date = ParseDate(*text))
    return (*date - utc_offset_s + (edge == Edge::kEnd ? kDaySeconds : 0)) * 1000;
  if (const auto time_ms = ParseRfc3339(*text)) return *time_ms;
  return Fail(NoTime(name));
}

Error NoTime(std::string_view name) {
  return {ErrorCode::kInvalid,
          fmt::format("{} takes a day such as 2026-11-20, or a time such as 2026-11-20T12:00:00Z", name)};
}

}  // namespace keymeter::query_api
