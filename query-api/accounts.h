#pragma once

#include "query-api/list_query.h"
#include "query-api/snapshot.h"

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
/// One page of accounts in the documented shape, with what they used.
[[nodiscard]] Result<Json> ReadAccounts(Snapshot& snapshot, ListPage& page);

}  // namespace keymeter::query_api
