#pragma once

#include <string>
#include <string_view>

#include "query-api/http/caller.h"
#include "query-api/http/http_types.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/usage_summary.h"

namespace keymeter::query_api {

/// API keys in the documented shape.
///
/// Threads: one. Lifetime: borrows the snapshot. Bounds: a key at a time, with its bindings.
/// Tested by tests/query-api/endpoints/api_keys_test.cc.
class ApiKeyJson {
 public:
  /// After the id: what a row of a list must have for Of. `k` is the key, `g` its group.
  static constexpr std::string_view kColumns =
      "k.name, k.description, k.tags, k.is_active AND NOT k.gone, k.is_deleted OR k.gone, k.created_at, "
      "k.expires_at, k.last_used_at, k.daily_cost_limit, k.user_id, k.user_username, coalesce(g.id, ''), "
      "coalesce(g.name, ''), k.total_cost_limit, k.weekly_opus_cost_limit, k.token_limit, "
      "k.concurrency_limit, "
      "k.rate_limit_window, k.rate_limit_requests, k.rate_limit_cost, k.weekly_reset_day, "
      "k.weekly_reset_hour, "
      "k.expiration_mode, k.activation_days, k.activation_unit, k.is_activated, k.activated_at, "
      "k.permissions, "
      "k.restricted_models, k.deleted_at, k.service_rates";

  ApiKeyJson(Snapshot& snapshot, const Caller& caller) : snapshot_(snapshot), caller_(caller) {}

  /// Only admins see who owns a key.
  [[nodiscard]] Result<Json> Of(const Statement& row, const UsageSummary& usage);

 private:
  /// Who serves the key: [{platform kind id name}].
  [[nodiscard]] Result<Json> BindingsOf(std::string_view key);

  Snapshot& snapshot_;
  const Caller& caller_;
};

}  // namespace keymeter::query_api
