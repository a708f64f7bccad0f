#pragma once

#include <string_view>

#include "query-api/endpoints/account_groups.h"
#include "query-api/http/caller.h"
#include "query-api/http/http_types.h"
#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/last_use.h"

namespace keymeter::query_api {

/// Accounts in the documented shape, without their hours.
///
/// Threads: one. Lifetime: borrows all that it is given. Bounds: an account at a time.
/// Tested by tests/query-api/endpoints/accounts_test.cc.
class AccountJson {
 public:
  /// After the id: what a row of a list must have for Of. `a` is the account.
  static constexpr std::string_view kColumns =
      "a.name, a.platform, a.status, a.error_message, a.is_active AND NOT a.gone, a.account_type, "
      "a.priority, "
      "a.last_used_at, a.daily_quota, a.description, a.schedulable, a.created_at, a.expires_at, "
      "a.subscription_expires_at, a.max_concurrency, a.has_rate_limit_mark, a.rate_limited_at, "
      "a.rate_limited_until, a.opus_rate_limited_at, a.opus_rate_limit_end_at, a.fable_rate_limited_at, "
      "a.fable_rate_limit_end_at, a.unauthorized_at, a.blocked_at, a.temp_error_at, a.overloaded_at, "
      "a.quota_stopped_at, a.five_hour_auto_stopped, a.session_window_start_at, a.session_window_end_at, "
      "a.session_window_status, a.five_hour_percent, a.five_hour_resets_at, a.seven_day_percent, "
      "a.seven_day_resets_at, a.seven_day_opus_percent, a.seven_day_opus_resets_at, a.primary_percent, "
      "a.primary_reset_after_s, a.secondary_percent, a.secondary_reset_after_s, a.windows_updated_at, "
      "a.daily_usage, iif(a.gone, '', a.unavailable_until), "
      "iif(NOT a.gone AND abs(a.balance) < 1e12, a.balance, NULL), a.balance_currency, a.balance_at";

  AccountJson(Snapshot& snapshot, const AccountsState& accounts, LastUseCache& last_use, const Caller& caller)
      : snapshot_(snapshot), accounts_(accounts), last_use_(last_use), caller_(caller) {}

  /// Only admins see error messages.
  [[nodiscard]] Result<Json> Of(const Statement& row);

 private:
  [[nodiscard]] Status AddLastUse(const Statement& row, const UsageSummary& usage, Json& json);

  Snapshot& snapshot_;
  const AccountsState& accounts_;
  LastUseCache& last_use_;
  const Caller& caller_;
};

}  // namespace keymeter::query_api
