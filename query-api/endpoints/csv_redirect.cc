#include "query-api/endpoints/csv_redirect.h"

#include "schema/percent.h"

namespace keymeter::query_api {

std::vector<std::string_view> CsvRedirectParams() {
  return {"type",   "start_ms", "end_ms",    "slot_sec", "unit",  "by",      "limit",
          "metric", "keyId",    "accountId", "groupId",  "model", "platform"};
}

Result<Response> CsvRedirect(ApiContext& /*context*/, const Call& call) {
  ASSIGN_OR_RETURN(const auto type, call.params.OneOf("type", {"series", "top", "heatmap"}));
  std::string target = fmt::format("/api/stats/{}?", type);
  for (const auto& [name, value] : call.params.pairs())
    if (name != "type") target += fmt::format("{}={}&", PercentEncode(name), PercentEncode(value));
  Response response;
  response.status = 308;
  response.headers.push_back({"Location", target + "format=csv"});
  return response;
}

}  // namespace keymeter::query_api
