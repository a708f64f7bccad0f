#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/endpoints/list_query.h"
#include "query-api/http/caller.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_caches.h"

/// /api/apikeys and /api/apikeys/{id}.
namespace keymeter::query_api {

/// The query parameters that filter keys; those of the list; of them, those that may stand several times.
[[nodiscard]] std::vector<std::string_view> ApiKeyFilterParams();
inline constexpr std::string_view kRepeatedKeyFilter = "tag";
[[nodiscard]] std::vector<std::string_view> ApiKeyListParams();
[[nodiscard]] Result<Response> ListApiKeys(ApiContext& context, const Call& call);
[[nodiscard]] Result<Response> ApiKeyById(ApiContext& context, const Call& call);

/// Errors are kInvalid and name the parameter.
[[nodiscard]] Result<ListFilter> ApiKeyFilterOf(const Params& params, std::int64_t now_ms);
/// 403 for who asks by owners and may not see them.
[[nodiscard]] std::optional<Response> RefusalOfOwners(const Call& call);

/// The source of every list of API keys: `k` is the key.
[[nodiscard]] const ListSource& ApiKeySource();
/// A condition on `k`: the group {0} serves it, and is still there.
inline constexpr std::string_view kIsBoundToGroup =
    "EXISTS (SELECT 1 FROM api_key_binding b JOIN account_group g ON g.id = b.target AND NOT g.gone "
    "WHERE b.api_key = k.id AND b.kind = 'group' AND b.target = {0})";
/// One page of keys in the documented shape, with what they used. Only admins see who owns a key.
[[nodiscard]] Result<Json> ReadApiKeys(Snapshot& snapshot, UsageCaches& caches, ListPage& page,
                                       const Caller& caller);
/// One key in the same shape; nothing when there is none with this id.
[[nodiscard]] Result<std::optional<Json>> ApiKeyJsonOf(Snapshot& snapshot, std::string_view id,
                                                       const Caller& caller);

}  // namespace keymeter::query_api
