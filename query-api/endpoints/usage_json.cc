#include "query-api/endpoints/usage_json.h"

namespace keymeter::query_api {

Json UsageJson(const UsageSum& usage) {
  return Json{{"requests", usage.requests},
              {"inputTokens", usage.input_tokens},
              {"outputTokens", usage.output_tokens},
              {"cacheCreateTokens", usage.cache_create_tokens},
              {"cacheReadTokens", usage.cache_read_tokens},
              {"totalTokens", usage.TotalTokens()},
              {"cost", usage.cost_micros / 1e6}};
}

Json TextOrNull(std::string_view text) {
  return text.empty() ? Json() : Json(text);
}

}  // namespace keymeter::query_api
