#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "benchmarks/relay_load/entity_fields.h"
#include "tests/support/relay/calendar.h"

// The accounts' part of entity_fields.h: one function a kind, with the fields in the relay's order.

namespace keymeter::relay_load {
namespace {

constexpr std::int64_t kYearMs = 365LL * 86'400'000;

void Append(Fields& to, const Fields& more) {
  to.insert(to.end(), more.begin(), more.end());
}

/// Fields are listed by hand below, in the relay's order; this gives them what they share.
class AccountForm {
 public:
  AccountForm(const AccountFacts& facts, Random& random) : facts_(facts), random_(random) {}

  [[nodiscard]] std::string Cipher(std::size_t digits = 32) const {
    return RandomHex(random_, 32) + ":" + RandomHex(random_, digits);
  }
  [[nodiscard]] std::string Id() const { return std::string(facts_.id); }
  [[nodiscard]] std::string Name() const { return std::string(facts_.name); }
  [[nodiscard]] std::string Type() const { return std::string(facts_.account_type); }
  [[nodiscard]] std::string Created() const { return IsoTime(facts_.created_at_ms); }
  [[nodiscard]] std::string InAYear() const { return IsoTime(facts_.created_at_ms + kYearMs); }
  [[nodiscard]] std::string YearEndMs() const { return fmt::format("{}", facts_.created_at_ms + kYearMs); }

  [[nodiscard]] Fields Quota(const char* daily) const {
    return {{"dailyQuota", daily},
            {"dailyUsage", "0"},
            {"lastResetDate", Created().substr(0, 10)},
            {"quotaResetTime", "00:00"},
            {"quotaStoppedAt", ""}};
  }

 private:
  const AccountFacts& facts_;
  Random& random_;
};

Fields ClaudeOauth(const AccountForm& form) {
  return {{"id", form.Id()},
          {"name", form.Name()},
          {"description", ""},
          {"email", ""},
          {"password", ""},
          {"claudeAiOauth", form.Cipher(160)},
          {"accessToken", form.Cipher()},
          {"refreshToken", form.Cipher()},
          {"expiresAt", form.YearEndMs()},
          {"scopes", "user:inference"},
          {"proxy", ""},
          {"isActive", "true"},
          {"accountType", form.Type()},
          {"platform", "claude"},
          {"priority", "50"},
          {"createdAt", form.Created()},
          {"lastUsedAt", ""},
          {"lastRefreshAt", ""},
          {"status", "active"},
          {"errorMessage", ""},
          {"schedulable", "true"},
          {"autoStopOnWarning", "false"},
          {"useUnifiedUserAgent", "false"},
          {"useUnifiedClientId", "false"},
          {"unifiedClientId", ""},
          {"subscriptionInfo", ""},
          {"subscriptionExpiresAt", ""},
          {"extInfo", ""},
          {"maxConcurrency", "0"},
          {"interceptWarmup", "false"},
          {"disableTempUnavailable", "false"},
          {"tempUnavailable503TtlSeconds", ""},
          {"tempUnavailable5xxTtlSeconds", ""}};
}

Fields ClaudeConsole(const AccountForm& form) {
  Fields fields{{"id", form.Id()},
                {"platform", "claude-console"},
                {"name", form.Name()},
                {"description", "console upstream"},
                {"apiUrl", "https://up.example/0"},
                {"apiKey", form.Cipher()},
                {"priority", "50"},
                {"supportedModels", "{}"},
                {"userAgent", "claude-cli/1.0.69 (external, cli)"},
                {"rateLimitDuration", "60"},
                {"proxy", ""},
                {"isActive", "true"},
                {"accountType", form.Type()},
                {"createdAt", form.Created()},
                {"lastUsedAt", ""},
                {"status", "active"},
                {"errorMessage", ""},
                {"subscriptionExpiresAt", ""},
                {"rateLimitedAt", ""},
                {"rateLimitStatus", ""},
                {"schedulable", "true"}};
  Append(fields, form.Quota("50"));
  Append(fields,
         {{"maxConcurrentTasks", "0"}, {"disableAutoProtection", "false"}, {"interceptWarmup", "false"}});
  return fields;
}

Fields OpenaiOauth(const AccountForm& form) {
  return {{"id", form.Id()},
          {"name", form.Name()},
          {"description", ""},
          {"accountType", form.Type()},
          {"groupId", ""},
          {"priority", "50"},
          {"rateLimitDuration", "60"},
          {"idToken", form.Cipher(160)},
          {"accessToken", form.Cipher(160)},
          {"refreshToken", form.Cipher()},
          {"openaiOauth", form.Cipher(160)},
          {"accountId", ""},
          {"chatgptUserId", ""},
          {"organizationId", ""},
          {"organizationRole", ""},
          {"organizationTitle", ""},
          {"planType", "plus"},
          {"email", form.Cipher()},
          {"emailVerified", "true"},
          {"expiresAt", form.InAYear()},
          {"subscriptionExpiresAt", ""},
          {"isActive", "true"},
          {"status", "active"},
          {"schedulable", "true"},
          {"lastRefresh", form.Created()},
          {"createdAt", form.Created()},
          {"updatedAt", form.Created()}};
}

Fields OpenaiResponses(const AccountForm& form) {
  Fields fields{{"id", form.Id()},
                {"platform", "openai-responses"},
                {"name", form.Name()},
                {"description", ""},
                {"baseApi", "https://oa.example"},
                {"apiKey", form.Cipher()},
                {"userAgent", ""},
                {"priority", "50"},
                {"proxy", ""},
                {"isActive", "true"},
                {"accountType", form.Type()},
                {"schedulable", "true"},
                {"subscriptionExpiresAt", ""},
                {"createdAt", form.Created()},
                {"lastUsedAt", ""},
                {"status", "active"},
                {"errorMessage", ""},
                {"rateLimitedAt", ""},
                {"rateLimitStatus", ""},
                {"rateLimitDuration", "60"}};
  Append(fields, form.Quota("0"));
  Append(fields, {{"disableAutoProtection", "false"}, {"providerEndpoint", "responses"}});
  return fields;
}

Fields GeminiOauth(const AccountForm& form) {
  return {{"id", form.Id()},
          {"platform", "gemini"},
          {"name", form.Name()},
          {"description", ""},
          {"accountType", form.Type()},
          {"isActive", "true"},
          {"status", "active"},
          {"schedulable", "true"},
          {"priority", "50"},
          {"geminiOauth", form.Cipher(160)},
          {"accessToken", form.Cipher()},
          {"refreshToken", form.Cipher()},
          {"expiresAt", form.InAYear()},
          {"scopes", "https://www.googleapis.com/auth/cloud-platform"},
          {"subscriptionExpiresAt", ""},
          {"proxy", ""},
          {"projectId", ""},
          {"tempProjectId", ""},
          {"supportedModels", "[]"},
          {"createdAt", form.Created()},
          {"updatedAt", form.Created()},
          {"lastUsedAt", ""},
          {"lastRefreshAt", ""}};
}

Fields GeminiApi(const AccountForm& form) {
  return {{"id", form.Id()},
          {"platform", "gemini-api"},
          {"name", form.Name()},
          {"description", ""},
          {"baseUrl", "https://ge.example"},
          {"apiKey", form.Cipher()},
          {"priority", "50"},
          {"proxy", ""},
          {"isActive", "true"},
          {"accountType", form.Type()},
          {"schedulable", "true"},
          {"supportedModels", "[]"},
          {"createdAt", form.Created()},
          {"lastUsedAt", ""},
          {"status", "active"},
          {"errorMessage", ""},
          {"rateLimitedAt", ""},
          {"rateLimitStatus", ""},
          {"rateLimitDuration", "60"},
          {"disableAutoProtection", "false"}};
}

Fields Ccr(const AccountForm& form) {
  Fields fields{{"id", form.Id()},
                {"platform", "ccr"},
                {"name", form.Name()},
                {"description", ""},
                {"apiUrl", "https://ccr.example"},
                {"apiKey", form.Cipher()},
                {"priority", "50"},
                {"supportedModels", "{}"},
                {"userAgent", "claude-relay-service/1.0.0"},
                {"rateLimitDuration", "60"},
                {"proxy", ""},
                {"isActive", "true"},
                {"accountType", form.Type()},
                {"subscriptionExpiresAt", ""},
                {"createdAt", form.Created()},
                {"lastUsedAt", ""},
                {"status", "active"},
                {"errorMessage", ""},
                {"rateLimitedAt", ""},
                {"rateLimitStatus", ""},
                {"schedulable", "true"}};
  Append(fields, form.Quota("0"));
  Append(fields, {{"disableAutoProtection", "false"}});
  return fields;
}

Fields Droid(const AccountForm& form) {
  return {{"id", form.Id()},
          {"name", form.Name()},
          {"description", ""},
          {"refreshToken", form.Cipher()},
          {"accessToken", form.Cipher()},
          {"expiresAt", form.InAYear()},
          {"proxy", ""},
          {"isActive", "true"},
          {"accountType", form.Type()},
          {"platform", "droid"},
          {"priority", "50"},
          {"createdAt", form.Created()},
          {"lastUsedAt", ""},
          {"lastRefreshAt", ""},
          {"status", "active"},
          {"errorMessage", ""},
          {"schedulable", "true"},
          {"ownerEmail", "owner@droid.example"},
          {"authenticationMethod", "api_key"},
          {"endpointType", "anthropic"},
          {"apiKeys", fmt::format(R"([{{"id":"{}","encryptedKey":"{}"}}])", form.Id(), form.Cipher())},
          {"apiKeyCount", "1"},
          {"userAgent", ""}};
}

Fields AzureOpenai(const AccountForm& form) {
  return {{"id", form.Id()},
          {"name", form.Name()},
          {"description", ""},
          {"accountType", form.Type()},
          {"groupId", ""},
          {"priority", "50"},
          {"azureEndpoint", "https://az.example"},
          {"apiVersion", "2024-02-01"},
          {"deploymentName", "gpt-5"},
          {"apiKey", form.Cipher()},
          {"supportedModels", R"(["gpt-5"])"},
          {"subscriptionExpiresAt", ""},
          {"isActive", "true"},
          {"status", "active"},
          {"schedulable", "true"},
          {"disableAutoProtection", "false"},
          {"createdAt", form.Created()},
          {"updatedAt", form.Created()}};
}

Fields Bedrock(const AccountForm& form) {
  return {{"id", form.Id()},
          {"name", form.Name()},
          {"description", ""},
          {"region", "us-east-1"},
          {"defaultModel", "us.anthropic.claude-sonnet-4-20250514-v1:0"},
          {"isActive", "true"},
          {"accountType", form.Type()},
          {"priority", "50"},
          {"schedulable", "true"},
          {"credentialType", "access_key"},
          {"subscriptionExpiresAt", ""},
          {"createdAt", form.Created()},
          {"updatedAt", form.Created()},
          {"type", "bedrock"},
          {"disableAutoProtection", "false"},
          {"awsCredentials", form.Cipher(96)},
          {"bearerToken", form.Cipher()}};
}

using FieldsOfKind = Fields (*)(const AccountForm&);

struct KindEntry {
  AccountKind kind;
  FieldsOfKind fields;
};

// In the order in which accounts are made: a small population still has hashes, a string, and several
// platforms.
constexpr std::array kKinds{
    KindEntry{{"claude_console_account", "claude-console", "shared_claude_console_accounts",
               "claudeConsoleAccountId", "", false, true},
              ClaudeConsole},
    KindEntry{{"claude:account", "claude-official", "", "claudeAccountId", "", false, true}, ClaudeOauth},
    KindEntry{{"openai_responses_account", "openai-responses", "shared_openai_responses_accounts",
               "openaiAccountId", "responses:"},
              OpenaiResponses},
    KindEntry{{"bedrock_account", "bedrock", "", "bedrockAccountId", "", true}, Bedrock},
    KindEntry{{"gemini_api_account", "gemini-api", "shared_gemini_api_accounts", "geminiAccountId", "api:"},
              GeminiApi},
    KindEntry{{"ccr_account", "ccr", "shared_ccr_accounts", "claudeConsoleAccountId", "", false, true}, Ccr},
    KindEntry{
        {"azure_openai:account", "azure-openai", "shared_azure_openai_accounts", "azureOpenaiAccountId", ""},
        AzureOpenai},
    KindEntry{{"openai:account", "openai", "shared_openai_accounts", "openaiAccountId", ""}, OpenaiOauth},
    KindEntry{{"gemini_account", "gemini", "shared_gemini_accounts", "geminiAccountId", ""}, GeminiOauth},
    KindEntry{{"droid:account", "droid", "", "droidAccountId", ""}, Droid},
};

}  // namespace

const std::vector<AccountKind>& AccountKinds() {
  static const std::vector<AccountKind> kinds = [] {
    std::vector<AccountKind> list;
    list.reserve(kKinds.size());
    for (const KindEntry& entry : kKinds) list.push_back(entry.kind);
    return list;
  }();
  return kinds;
}

Fields AccountFields(const AccountFacts& facts, Random& random) {
  const AccountForm form(facts, random);
  for (const KindEntry& entry : kKinds) {
    if (entry.kind.key_prefix != facts.kind->key_prefix) continue;
    Fields fields = entry.fields(form);
    MarkPrivateFields(fields, facts.secret_mark);
    return fields;
  }
  throw std::logic_error("an account of no known kind");
}

}  // namespace keymeter::relay_load
