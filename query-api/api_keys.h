#pragma once

#include "query-api/snapshot.h"

/// /api/apikeys and /api/apikeys/{id}.
namespace keymeter::query_api {

/// The query parameters of the list.
[[nodiscard]] std::vector<std::string_view> ApiKeyListParams();
[[nodiscard]] Result<Response> ListApiKeys(ApiContext& context, const Call& call);
[[nodiscard]] Result<Response> ApiKeyById(ApiContext& context, const Call& call);

/// "" (unset) becomes null. For times and names that may be missing.
[[nodiscard]] Json TextOrNull(std::string_view text);

}  // namespace keymeter::query_api
