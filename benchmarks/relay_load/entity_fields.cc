#include "benchmarks/relay_load/entity_fields.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/support/relay/calendar.h"

namespace keymeter::relay_load {
namespace {

// What may be read from outside: the dimensions that a meter needs. Everything else is private to the relay.
constexpr std::array<std::string_view, 77> kReadableFields{"serviceRates",
                                                           "id",
                                                           "name",
                                                           "description",
                                                           "isActive",
                                                           "isDeleted",
                                                           "tags",
                                                           "createdAt",
                                                           "updatedAt",
                                                           "lastUsedAt",
                                                           "expiresAt",
                                                           "dailyCostLimit",
                                                           "totalCostLimit",
                                                           "weeklyOpusCostLimit",
                                                           "userId",
                                                           "userUsername",
                                                           "claudeAccountId",
                                                           "claudeConsoleAccountId",
                                                           "geminiAccountId",
                                                           "openaiAccountId",
                                                           "azureOpenaiAccountId",
                                                           "bedrockAccountId",
                                                           "droidAccountId",
                                                           "platform",
                                                           "status",
                                                           "errorMessage",
                                                           "accountType",
                                                           "priority",
                                                           "schedulable",
                                                           "subscriptionExpiresAt",
                                                           "dailyQuota",
                                                           "dailyUsage",
                                                           "rateLimitStatus",
                                                           "tokenLimit",
                                                           "concurrencyLimit",
                                                           "rateLimitWindow",
                                                           "rateLimitRequests",
                                                           "rateLimitCost",
                                                           "weeklyResetDay",
                                                           "weeklyResetHour",
                                                           "expirationMode",
                                                           "activationDays",
                                                           "activationUnit",
                                                           "isActivated",
                                                           "activatedAt",
                                                           "permissions",
                                                           "restrictedModels",
                                                           "createdBy",
                                                           "deletedAt",
                                                           "maxConcurrency",
                                                           "rateLimitedAt",
                                                           "rateLimitEndAt",
                                                           "rateLimitResetAt",
                                                           "opusRateLimitedAt",
                                                           "opusRateLimitEndAt",
                                                           "fableRateLimitedAt",
                                                           "fableRateLimitEndAt",
                                                           "unauthorizedAt",
                                                           "blockedAt",
                                                           "tempErrorAt",
                                                           "overloadedAt",
                                                           "quotaStoppedAt",
                                                           "fiveHourAutoStopped",
                                                           "sessionWindowStart",
                                                           "sessionWindowEnd",
                                                           "sessionWindowStatus",
                                                           "claudeFiveHourUtilization",
                                                           "claudeFiveHourResetsAt",
                                                           "claudeSevenDayUtilization",
                                                           "claudeSevenDayResetsAt",
                                                           "claudeSevenDayOpusUtilization",
                                                           "claudeSevenDayOpusResetsAt",
                                                           "codexPrimaryUsedPercent",
                                                           "codexPrimaryResetAfterSeconds",
                                                           "codexSecondaryUsedPercent",
                                                           "codexSecondaryResetAfterSeconds",
                                                           "codexUsageUpdatedAt"};

/// A relay keeps "{}" for a key without factors of its own.
std::string RatesJson(std::int64_t percent) {
  if (percent == 100) return "{}";
  nlohmann::json rates;
  for (const char* service : {"claude", "codex", "gemini", "droid", "bedrock", "azure", "ccr"})
    rates[service] = static_cast<double>(percent) / 100;
  return rates.dump();
}

}  // namespace

void MarkPrivateFields(Fields& fields, std::string_view mark) {
  if (mark.empty()) return;
  for (auto& [field, value] : fields) {
    if (std::ranges::find(kReadableFields, field) == kReadableFields.end())
      value = fmt::format("{}-{}", mark, field);
  }
}

Fields ApiKeyFields(const ApiKeyFacts& facts) {
  const std::string created = IsoTime(facts.created_at_ms);
  const auto bound = [&facts](std::string_view field) {
    return std::string(facts.binding_field == field ? facts.binding : std::string_view{});
  };
  Fields fields{{"id", std::string(facts.id)},
                {"name", std::string(facts.name)},
                {"description", std::string(facts.description)},
                {"apiKey", std::string(facts.secret_hash)},
                {"tokenLimit", "0"},
                {"concurrencyLimit", "0"},
                {"rateLimitWindow", "0"},
                {"rateLimitRequests", "0"},
                {"rateLimitCost", "0"},
                {"isActive", facts.is_active ? "true" : "false"},
                {"claudeAccountId", bound("claudeAccountId")},
                {"claudeConsoleAccountId", bound("claudeConsoleAccountId")},
                {"geminiAccountId", bound("geminiAccountId")},
                {"openaiAccountId", bound("openaiAccountId")},
                {"azureOpenaiAccountId", bound("azureOpenaiAccountId")},
                {"bedrockAccountId", bound("bedrockAccountId")},
                {"droidAccountId", bound("droidAccountId")},
                {"permissions", "[]"},
                {"enableModelRestriction", "false"},
                {"restrictedModels", "[]"},
                {"enableClientRestriction", "false"},
                {"allowedClients", "[]"},
                {"dailyCostLimit", fmt::format("{}", facts.daily_cost_limit)},
                {"totalCostLimit", "0"},
                {"weeklyOpusCostLimit", "0"},
                {"tags", std::string(facts.tags_json)},
                {"activationDays", "0"},
                {"activationUnit", "days"},
                {"expirationMode", "fixed"},
                {"isActivated", "true"},
                {"activatedAt", created},
                {"createdAt", created},
                {"lastUsedAt", ""},
                {"expiresAt", facts.expires_at_ms == 0 ? std::string() : IsoTime(facts.expires_at_ms)},
                {"createdBy", "admin"},
                {"userId", std::string(facts.owner_id)},
                {"userUsername", std::string(facts.owner_name)},
                {"icon", ""},
                {"serviceRates", RatesJson(facts.rate_percent)},
                {"weeklyResetDay", "1"},
                {"weeklyResetHour", "0"},
                {"enableOpenAIResponsesCodexAdaptation", "true"},
                {"enableOpenAIResponsesPayloadRules", "false"},
                {"openaiResponsesPayloadRules", "[]"}};
  MarkPrivateFields(fields, facts.secret_mark);
  return fields;
}

Fields GroupFields(std::string_view id, std::string_view name, std::string_view description,
                   std::int64_t created_at_ms) {
  const std::string created = IsoTime(created_at_ms);
  return {{"id", std::string(id)}, {"name", std::string(name)},
          {"platform", "claude"},  {"description", std::string(description)},
          {"createdAt", created},  {"updatedAt", created}};
}

std::size_t FieldIndex(const Fields& fields, std::string_view name) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].first == name) return i;
  }
  throw std::logic_error(fmt::format("no field {}", name));
}

std::string BedrockJson(const Fields& fields) {
  nlohmann::ordered_json json;
  for (const auto& [field, value] : fields) {
    if (value == "true" || value == "false") {
      json[field] = value == "true";
    } else if (field == "priority") {
      json[field] = 50;
    } else if (field == "subscriptionExpiresAt") {
      json[field] = nullptr;
    } else if (field == "awsCredentials") {
      json[field] = {{"encrypted", value}, {"iv", value}};
    } else {
      json[field] = value;
    }
  }
  return json.dump();
}

std::string JsonEscaped(std::string_view text) {
  const std::string quoted =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string RandomHex(Random& random, std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex(digits, '0');
  for (char& digit : hex) digit = kDigits[random.Next() % 16];
  return hex;
}

}  // namespace keymeter::relay_load
