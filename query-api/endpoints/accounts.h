#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "query-api/endpoints/account_groups.h"
#include "query-api/endpoints/api_context.h"
#include "query-api/endpoints/list_query.h"
#include "query-api/http/caller.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_caches.h"

/// /api/accounts and /api/accounts/{id}.
namespace keymeter::query_api {

/// The query parameters that filter accounts, and those of the list.
[[nodiscard]] std::vector<std::string_view> AccountFilterParams();
[[nodiscard]] std::vector<std::string_view> AccountListParams();
[[nodiscard]] Result<Response> ListAccounts(ApiContext& context, const Call& call);
[[nodiscard]] Result<Response> AccountById(ApiContext& context, const Call& call);

/// Errors are kInvalid and name the parameter.
[[nodiscard]] Result<ListFilter> AccountFilterOf(const Params& params);

/// The source of every list of accounts: `a` is the account.
[[nodiscard]] const ListSource& AccountSource();
/// A condition on `a`: it is a member of the group {0}.
inline constexpr std::string_view kIsMemberOfGroup =
    "EXISTS (SELECT 1 FROM group_member m WHERE m.group_id = {0} AND m.account = a.id)";
/// One page of accounts in the documented shape, with what they used. Only admins see error messages.
[[nodiscard]] Result<Json> ReadAccounts(Snapshot& snapshot, UsageCaches& caches, ListPage& page,
                                        const Caller& caller);
/// One account in the same shape, with its last 24 hours; nothing when there is none with this id. `accounts`
/// are read once for all that are made from one snapshot.
[[nodiscard]] Result<std::optional<Json>> AccountJsonOf(Snapshot& snapshot, UsageCaches& caches,
                                                        const AccountsState& accounts, std::string_view id,
                                                        const Caller& caller);

}  // namespace keymeter::query_api
