#include "schema/profile.h"

#include <algorithm>

namespace keymeter {

std::string_view EntityKindName(EntityKind kind) {
  return kind == EntityKind::kApiKey ? "api_key" : "account";
}

std::string_view BindingKindName(BindingKind kind) {
  return kind == BindingKind::kAccount ? "account" : "group";
}

bool CounterSpec::IsExcluded(std::string_view id) const {
  return std::find(exclude.begin(), exclude.end(), id) != exclude.end();
}

bool CounterSpec::HasExpired(std::int64_t hour, std::int64_t now_ms) const {
  constexpr std::int64_t kSlackS = 2 * kMinuteSeconds;  // its clock and ours
  return period == Period::kHour && now_ms / 1000 + kSlackS - hour >= keep_hours * kHourSeconds;
}

const std::vector<std::string_view>& EntityAttributes(EntityKind kind) {
  // clang-format off
  static const std::vector<std::string_view> api_key = {
      "name", "description", "tags", "is_active", "is_deleted", "created_at", "last_used_at",
      "expires_at", "daily_cost_limit", "total_cost_limit", "weekly_opus_cost_limit", "user_id",
      "user_username",
      "token_limit", "concurrency_limit", "rate_limit_window", "rate_limit_requests",
      "rate_limit_cost", "weekly_reset_day", "weekly_reset_hour", "expiration_mode",
      "activation_days", "activation_unit", "is_activated", "activated_at", "permissions",
      "restricted_models", "created_by", "deleted_at", "service_rates",
  };
  static const std::vector<std::string_view> account = {
      "name", "description", "platform", "status", "error_message", "is_active", "account_type",
      "priority", "schedulable", "created_at", "last_used_at", "expires_at",
      "subscription_expires_at", "daily_quota", "daily_usage", "rate_limit_status",
      "max_concurrency", "rate_limited_at", "rate_limit_end_at", "rate_limit_reset_at",
      "opus_rate_limited_at", "opus_rate_limit_end_at", "fable_rate_limited_at",
      "fable_rate_limit_end_at", "unauthorized_at", "blocked_at", "temp_error_at", "overloaded_at",
      "quota_stopped_at", "five_hour_auto_stopped", "session_window_start_at",
      "session_window_end_at", "session_window_status", "five_hour_percent", "five_hour_resets_at",
      "seven_day_percent", "seven_day_resets_at", "seven_day_opus_percent",
      "seven_day_opus_resets_at", "primary_percent", "primary_reset_after_s", "secondary_percent",
      "secondary_reset_after_s", "windows_updated_at",
  };
  // clang-format on
  return kind == EntityKind::kApiKey ? api_key : account;
}

const std::vector<std::string_view>& GroupAttributes() {
  static const std::vector<std::string_view> group = {"name", "platform", "description", "created_at",
                                                      "updated_at"};
  return group;
}

const std::vector<std::string_view>& NoteAttributes() {
  static const std::vector<std::string_view> note = {"unavailable_until", "balance", "balance_currency",
                                                     "balance_at"};
  return note;
}

}  // namespace keymeter
