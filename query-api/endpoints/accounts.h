#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "query-api/endpoints/list_query.h"
#include "query-api/http/caller.h"
#include "query-api/snapshot/snapshot.h"

/// /api/accounts and /api/accounts/{id}.
namespace keymeter::query_api {

/// The query parameters of the list.
[[nodiscard]] std::vector<std::string_view> AccountListParams();
[[nodiscard]] Result<Response> ListAccounts(ApiContext& context, const Call& call);
[[nodiscard]] Result<Response> AccountById(ApiContext& context, const Call& call);

/// What every list of accounts reads: `a` is the account.
[[nodiscard]] const ListSource& AccountSource();
/// A filter's condition on `a`: it is a member of a group, {0}.
inline constexpr std::string_view kIsMemberOfGroup =
    "EXISTS (SELECT 1 FROM group_member m WHERE m.group_id = {0} AND m.account = a.id)";
/// One page of accounts in the documented shape, with what they used. Error messages are left out for all but
/// admins.
[[nodiscard]] Result<Json> ReadAccounts(Snapshot& snapshot, ListPage& page, const Caller& caller);
/// The same of one account; nothing when there is none with this id.
[[nodiscard]] Result<std::optional<Json>> AccountJsonOf(Snapshot& snapshot, std::string_view id,
                                                        const Caller& caller);

}  // namespace keymeter::query_api
