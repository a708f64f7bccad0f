#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "query-api/endpoints/list_query.h"
#include "query-api/http/caller.h"
#include "query-api/snapshot/snapshot.h"

/// /api/apikeys and /api/apikeys/{id}.
namespace keymeter::query_api {

/// The query parameters of the list.
[[nodiscard]] std::vector<std::string_view> ApiKeyListParams();
[[nodiscard]] Result<Response> ListApiKeys(ApiContext& context, const Call& call);
[[nodiscard]] Result<Response> ApiKeyById(ApiContext& context, const Call& call);

/// What every list of API keys reads: `k` is the key.
[[nodiscard]] const ListSource& ApiKeySource();
/// A filter's condition on `k`: a group that is still there, {0}, serves it.
inline constexpr std::string_view kIsBoundToGroup =
    "EXISTS (SELECT 1 FROM api_key_binding b JOIN account_group g ON g.id = b.target AND NOT g.gone "
    "WHERE b.api_key = k.id AND b.kind = 'group' AND b.target = {0})";
/// One page of keys in the documented shape, with what they used. Who owns a key is left out for all but
/// admins.
[[nodiscard]] Result<Json> ReadApiKeys(Snapshot& snapshot, ListPage& page, const Caller& caller);
/// The same of one key; nothing when there is none with this id.
[[nodiscard]] Result<std::optional<Json>> ApiKeyJsonOf(Snapshot& snapshot, std::string_view id,
                                                       const Caller& caller);

/// "" (unset) becomes null. For times and names that may be missing.
[[nodiscard]] Json TextOrNull(std::string_view text);

}  // namespace keymeter::query_api
