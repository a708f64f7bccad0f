#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/router.h"
#include "query-api/usage/entity_totals.h"

/// /api/groups, /api/groups/{id} and /api/groups/{id}/members.
namespace keymeter::query_api {

/// The query parameters of the list.
[[nodiscard]] std::vector<std::string_view> GroupListParams();
[[nodiscard]] Result<Response> ListGroups(ApiContext& context, const Call& call);
[[nodiscard]] Result<Response> GroupById(ApiContext& context, const Call& call);
/// One group in the documented shape with what its present members used, the same for every caller; nothing
/// when there is none with this id. `accounts`: what all of them used.
[[nodiscard]] Result<std::optional<Json>> GroupJsonOf(Snapshot& snapshot, const EntityTotals& accounts,
                                                      std::string_view id);

/// `limit` holds for either list; the rest of a longer one is /api/accounts?groupId= and
/// /api/apikeys?isDeleted=false&groupId=.
[[nodiscard]] std::vector<std::string_view> GroupMembersParams();
[[nodiscard]] Result<Response> GroupMembers(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
