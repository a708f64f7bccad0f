// What a relay says of accounts for a time only, and of rates of keys.

#include "tests/integration/entities_fixture.h"

namespace keymeter::testing {
namespace {

/// Of every kind, by the name that the relay gives the kind in such a key.
TEST_F(Entities, AreUnavailableWhileTheRelaySaysSo) {
  for (const AccountHash& kind : kHashKinds) PutAccount(kind.prefix, kind.platform, "account");
  PutBedrock("bedrock", "account");
  Start();
  const std::string unavailable =
      "SELECT group_concat(account) FROM (SELECT account FROM accounts WHERE unavailable_until = "
      "'2126-11-20T12:39:00Z' ORDER BY account)";
  const std::string all =
      "azure-openai,bedrock,ccr,claude,claude-console,droid,gemini,gemini-api,openai,openai-responses";
  Expect("SELECT count(*) FROM accounts WHERE name = 'account'", "10");
  EXPECT_EQ(Value(unavailable), "");
  const auto key_of = [](const std::string& platform) {
    return "temp_unavailable:" + (platform == "claude" ? "claude-official" : platform) + ":" + platform;
  };
  const auto mark = [&](const std::string& platform) {
    relay_.Must({"SETEX", key_of(platform), "600",
                 R"({"statusCode":529,"errorType":"overload","markedAt":"2126-11-20T12:29:00.000Z",)"
                 R"("ttlSeconds":600,"cooldownSeconds":600,"expiresAt":"2126-11-20T12:39:00.000Z"})"});
  };
  for (const AccountHash& kind : kHashKinds) mark(kind.platform);
  mark("bedrock");
  Expect(unavailable, all);
  relay_.Must({"DEL", key_of("claude"), key_of("bedrock")});
  Expect(unavailable, "azure-openai,ccr,claude-console,droid,gemini,gemini-api,openai,openai-responses");
  Expect("SELECT unavailable_until FROM account WHERE id = 'claude'", "");
  EXPECT_EQ(metering_->metrics().sessions, 1);
}

TEST_F(Entities, HaveTheBalanceThatTheRelayLastAskedFor) {
  PutAccount("claude:account", "c", "account");
  PutAccount("azure_openai:account", "z", "account");
  relay_.Must({"HSET", "account_balance:claude:c", "balance", "12.5", "currency", "USD", "lastRefreshAt",
               "2026-11-20T12:00:00.000Z", "queryMethod", "api", "status", "success", "errorMessage", "",
               "rawData", R"({"secret":"sk-ant"})", "quota", ""});
  relay_.Must({"HSET", "account_balance:azure_openai:z", "balance", "0", "currency", "CNY"});
  relay_.Must({"HSET", "account_balance_local:claude:c", "estimatedBalance", "{}"});
  Start();
  const std::string balances =
      "SELECT group_concat(b, ';') FROM (SELECT account || ' ' || balance || ' ' || balance_currency || ' ' "
      "|| coalesce(balance_at, '') AS b FROM accounts WHERE balance IS NOT NULL ORDER BY account)";
  const auto is_shown = [&](const std::string& expected) {
    return WaitFor(std::chrono::seconds(60), [&] { return Value(balances) == expected; });
  };
  EXPECT_TRUE(is_shown("c 12.5 USD 2026-11-20T12:00:00Z;z 0.0 CNY ")) << Value(balances);
  relay_.Must({"DEL", "account_balance:claude:c"});
  relay_.Must({"HSET", "account_balance:azure_openai:z", "balance", ""});
  EXPECT_TRUE(is_shown("")) << "absent is unknown: " << Value(balances);
  EXPECT_EQ(metering_->metrics().sessions, 1);
}

TEST_F(Entities, OfKeysHaveTheirRatesByService) {
  PutKey("k", "key");
  Start();
  const std::string rates = "SELECT coalesce(service_rates, 'unknown') FROM api_keys WHERE api_key = 'k'";
  Expect(rates, "unknown");
  for (const auto& [text, kept] : {std::pair(R"({"claude": 1.2})", R"({"claude":1.2})"),
                                   std::pair("{}", "{}"), std::pair(R"({"claude": "?"})", "unknown")}) {
    relay_.Must({"HSET", "apikey:k", "serviceRates", text});
    Expect(rates, kept);
  }
}

}  // namespace
}  // namespace keymeter::testing
