#pragma once

#include "query-api/snapshot.h"

/// /api/accounts.
namespace keymeter::query_api {

/// The query parameters of the list.
[[nodiscard]] std::vector<std::string_view> AccountListParams();
[[nodiscard]] Result<Response> ListAccounts(ApiContext& context, const Call& call);

}  // namespace keymeter::query_api
