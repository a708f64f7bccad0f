#pragma once

#include "query-api/snapshot.h"

/// /api/groups and /api/groups/{id}/members.
namespace keymeter::query_api {

/// The query parameters of the list.
[[nodiscard]] std::vector<std::string_view> GroupListParams();
[[nodiscard]] Result<Response> ListGroups(ApiContext& context, const Call& call);

/// `limit` holds for either list; the rest of a longer one is /api/accounts?groupId= and
/// /api/apikeys?isDeleted=false&groupId=.
[[nodiscard]] std::vector<std::string_view> GroupMembersParams();
[[nodiscard]] Result<Response> GroupMembers(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
