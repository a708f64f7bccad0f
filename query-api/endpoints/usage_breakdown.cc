#include "query-api/endpoints/usage_breakdown.h"

#include "query-api/usage/series_query.h"

namespace keymeter::query_api {

namespace {

Result<Response> NoBreakdown(ApiContext& context, const Call& call, SeriesFilter::Scope scope,
                             std::string_view not_found) {
  ASSIGN_OR_RETURN(auto snapshot, context.TakeSnapshot());
  ASSIGN_OR_RETURN(const auto exists, EntityExists(snapshot, {scope, call.id, {}}));
  if (!exists) return Problem(404, not_found);
  return Problem(
      501,
      "which key used which account is known from single requests only: this needs their journal, which "
      "this version does not keep");
}

}  // namespace

Result<Response> AccountUsageBreakdown(ApiContext& context, const Call& call) {
  return NoBreakdown(context, call, SeriesFilter::Scope::kAccount, "there is no account with this id");
}

Result<Response> ApiKeyUsageBreakdown(ApiContext& context, const Call& call) {
  return NoBreakdown(context, call, SeriesFilter::Scope::kKey, "there is no API key with this id");
}

}  // namespace keymeter::query_api
