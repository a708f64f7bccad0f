#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/integration/metering.h"
#include "tests/support/redis_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {

inline constexpr std::int64_t kEntitiesNoon = 1'795'176'000;  ///< 2026-11-20T12:00:00Z
inline constexpr const char* kEntitiesHour = "2026-11-20:20";

/// A kind of account that is a hash.
struct AccountHash {
  const char* prefix;
  const char* platform;
};

inline constexpr AccountHash kHashKinds[] = {
    {"claude:account", "claude"},
    {"claude_console_account", "claude-console"},
    {"openai:account", "openai"},
    {"openai_responses_account", "openai-responses"},
    {"gemini_account", "gemini"},
    {"gemini_api_account", "gemini-api"},
    {"ccr_account", "ccr"},
    {"droid:account", "droid"},
    {"azure_openai:account", "azure-openai"},
};

/// API keys, accounts and groups, as the relay writes them into a real Redis, and what of them the file
/// shows.
class Entities : public ::testing::Test {
 protected:
  void Start(const MeteringOptions& options = {.utc_offset_s = 8 * kHourSeconds,
                                               .profile = "claude-relay-service"}) {
    metering_.reset();
    metering_ = std::make_unique<Metering>(redis_, Db(), clock_, options);
    metering_->AwaitBaseline();
  }
  void Stop() { ASSERT_TRUE(metering_->Stop()); }

  // ---- What the relay writes.

  void PutAccount(const std::string& prefix, const std::string& id, const std::string& name,
                  const std::string& status = "active") {
    relay_.Must({"HSET", prefix + ":" + id, "id", id, "name", name, "status", status, "isActive", "true",
                 "accessToken", "secret"});
    relay_.Must({"SADD", prefix + ":index", id});
  }
  void PutBedrock(const std::string& id, const std::string& name) {
    relay_.Must(
        {"SET", "bedrock_account:" + id,
         R"({"id":")" + id + R"(","name":")" + name +
             R"(","isActive":true,"priority":7,"awsCredentials":{"name":"inner"},"bearerToken":"secret"})"});
    relay_.Must({"SADD", "bedrock_account:index", id});
  }
  void PutKey(const std::string& id, const std::string& name, const std::string& claude = "",
              const std::string& openai = "") {
    relay_.Must({"HSET", "apikey:" + id, "name", name, "isActive", "true", "apiKey", "secret",
                 "claudeAccountId", claude, "openaiAccountId", openai});
  }
  void PutGroup(const std::string& id, const std::string& name, const std::vector<std::string>& members) {
    relay_.Must({"HSET", "account_group:" + id, "name", name, "platform", "claude"});
    relay_.Must({"SADD", "account_groups", id});
    for (const std::string& member : members) relay_.Must({"SADD", "account_group_members:" + id, member});
  }
  void UseAccount(const std::string& id) {
    relay_.Must({"HINCRBY", "account_usage:model:hourly:" + id + ":gpt-5:" + kEntitiesHour, "requests", "1"});
  }

  // ---- What the file shows.

  [[nodiscard]] std::string Value(const std::string& sql) const { return DatabaseRows(Db()).Value(sql); }
  /// Sooner or later, within the half minute that is promised.
  void Expect(const std::string& sql, const std::string& expected) const {
    EXPECT_TRUE(WaitFor([&] { return Value(sql) == expected; })) << sql << "\n is " << Value(sql);
  }
  static std::string Account(const std::string& id) {
    return "SELECT coalesce(name, '') || ' ' || coalesce(platform, '') || ' ' || coalesce(status, '') || "
           "iif(is_deleted, ' deleted', '') FROM accounts WHERE account = '" +
           id + "'";
  }
  static std::string Key(const std::string& id) {
    return "SELECT coalesce(name, '') || ' ' || coalesce(group_name, '') || iif(is_deleted, ' deleted', '') "
           "FROM api_keys WHERE api_key = '" +
           id + "'";
  }
  static std::string Members(const std::string& group) {
    return "SELECT group_concat(account) FROM (SELECT account FROM account_group_members WHERE account_group "
           "= '" +
           group + "' ORDER BY account)";
  }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  TempDir directory_;
  RedisServer redis_;
  RedisClient relay_ = redis_.Connect();
  ManualClock clock_{kEntitiesNoon * 1000 + 600'000};
  std::unique_ptr<Metering> metering_;
};

}  // namespace keymeter::testing
