// What may be known of an API key, an account or a group: the columns of its table.

#include "schema/profile.h"

namespace keymeter {

const std::vector<std::string_view>& EntityAttributes(EntityKind kind) {
  static const std::vector<std::string_view> api_key = {"name",
                                                        "description",
                                                        "tags",
                                                        "is_active",
                                                        "is_deleted",
                                                        "created_at",
                                                        "last_used_at",
                                                        "expires_at",
                                                        "daily_cost_limit",
                                                        "total_cost_limit",
                                                        "weekly_opus_cost_limit",
                                                        "user_id",
                                                        "user_username"};
  static const std::vector<std::string_view> account = {"name",
                                                        "description",
                                                        "platform",
                                                        "status",
                                                        "error_message",
                                                        "is_active",
                                                        "account_type",
                                                        "priority",
                                                        "schedulable",
                                                        "created_at",
                                                        "last_used_at",
                                                        "expires_at",
                                                        "subscription_expires_at",
                                                        "daily_quota",
                                                        "daily_usage",
                                                        "rate_limit_status"};
  return kind == EntityKind::kApiKey ? api_key : account;
}

const std::vector<std::string_view>& GroupAttributes() {
  static const std::vector<std::string_view> group = {"name", "platform", "description", "created_at",
                                                      "updated_at"};
  return group;
}

}  // namespace keymeter
