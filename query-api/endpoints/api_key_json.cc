#include "query-api/endpoints/api_key_json.h"

#include "query-api/endpoints/usage_json.h"
#include "schema/service_rates.h"
#include "schema/tags.h"

namespace keymeter::query_api {

namespace {

/// The columns after the id, in the order of kColumns.
enum Column : int {
  kName = 1,
  kDescription,
  kTags,
  kIsActive,
  kIsDeleted,
  kCreatedAt,
  kExpiresAt,
  kLastUsedAt,
  kDailyCostLimit,
  kUserId,
  kUserUsername,
  kGroupId,
  kGroupName,
  kTotalCostLimit,
  kWeeklyOpusCostLimit,
  kTokenLimit,
  kConcurrencyLimit,
  kRateLimitWindow,
  kRateLimitRequests,
  kRateLimitCost,
  kWeeklyResetDay,
  kWeeklyResetHour,
  kExpirationMode,
  kActivationDays,
  kActivationUnit,
  kIsActivated,
  kActivatedAt,
  kPermissions,
  kRestrictedModels,
  kDeletedAt,
  kServiceRates,
};

Json TextsJson(std::string_view text) {
  return ReadTags(text).value_or(std::vector<std::string>());
}

/// Null: the relay says none, or what is no rate.
Json RatesJson(std::string_view text) {
  const auto rates = ReadServiceRates(text);
  if (!rates) return {};
  Json json = Json::object();
  for (const auto& [service, rate] : *rates) json[service] = rate;
  return json;
}

Json WholeOrNull(const Statement& row, int column) {
  return row.IsNull(column) ? Json() : Json(row.Int(column));
}

Json LimitsJson(const Statement& row) {
  return Json{{"dailyCost", row.Real(kDailyCostLimit)},
              {"totalCost", row.Real(kTotalCostLimit)},
              {"weeklyOpusCost", row.Real(kWeeklyOpusCostLimit)},
              {"weeklyReset",
               {{"day", WholeOrNull(row, kWeeklyResetDay)}, {"hour", WholeOrNull(row, kWeeklyResetHour)}}},
              {"tokens", row.Int(kTokenLimit)},
              {"concurrency", row.Int(kConcurrencyLimit)},
              {"window",
               {{"minutes", row.Int(kRateLimitWindow)},
                {"requests", row.Int(kRateLimitRequests)},
                {"cost", row.Real(kRateLimitCost)}}}};
}

Json ExpirationJson(const Statement& row) {
  return Json{{"mode", TextOrNull(row.Text(kExpirationMode))},
              {"activationDays", row.Int(kActivationDays)},
              {"activationUnit", TextOrNull(row.Text(kActivationUnit))},
              {"isActivated", row.Int(kIsActivated) != 0},
              {"activatedAt", TextOrNull(row.Text(kActivatedAt))}};
}

void AddGroup(const Statement& row, Json& json) {
  if (row.Text(kGroupId).empty()) return;
  json["groupId"] = row.Text(kGroupId);
  json["groupName"] = row.Text(kGroupName);
  json["currentGroup"] = {{"id", row.Text(kGroupId)}, {"name", row.Text(kGroupName)}};
}

void AddOwner(const Statement& row, Json& json) {
  if (row.Text(kUserId).empty() && row.Text(kUserUsername).empty()) return;
  json["owner"] = row.Text(kUserUsername).empty() ? row.Text(kUserId) : row.Text(kUserUsername);
  json["userId"] = TextOrNull(row.Text(kUserId));
  json["userUsername"] = TextOrNull(row.Text(kUserUsername));
}

}  // namespace

Result<Json> ApiKeyJson::Of(const Statement& row, const UsageSummary& usage) {
  Json json{{"keyId", row.Text(0)},
            {"id", row.Text(0)},
            {"name", row.Text(kName)},
            {"description", row.Text(kDescription)},
            {"tags", TextsJson(row.Text(kTags))},
            {"isActive", row.Int(kIsActive) != 0},
            {"isDeleted", row.Int(kIsDeleted) != 0},
            {"createdAt", TextOrNull(row.Text(kCreatedAt))},
            {"expiresAt", TextOrNull(row.Text(kExpiresAt))},
            {"lastUsedAt", TextOrNull(row.Text(kLastUsedAt))},
            {"rpm", RateJson(usage.rates.rpm())},
            {"tpm", RateJson(usage.rates.tpm())},
            {"dailyCostLimit", row.Real(kDailyCostLimit)},
            {"currentDailyCost", CostJson(usage.today)},
            {"limits", LimitsJson(row)},
            {"expiration", ExpirationJson(row)},
            {"permissions", TextsJson(row.Text(kPermissions))},
            {"restrictedModels", TextsJson(row.Text(kRestrictedModels))},
            {"serviceRates", RatesJson(row.Text(kServiceRates))}};
  if (!row.Text(kDeletedAt).empty()) json["deletedAt"] = row.Text(kDeletedAt);
  ASSIGN_OR_RETURN(auto bindings, BindingsOf(row.Text(0)));
  json["bindings"] = std::move(bindings);
  AddGroup(row, json);
  if (caller_.IsAdmin()) AddOwner(row, json);
  json["usage"] = {{"today", UsageJson(usage.today, UsageOwner::kApiKey)},
                   {"last10Minutes",
                    {{"avgRpm", RateJson(usage.rates.rpm_10m())},
                     {"totalRequests", RateJson(usage.rates.requests_10m())}}},
                   {"month", UsageJson(usage.month, UsageOwner::kApiKey)},
                   {"total", UsageJson(usage.total, UsageOwner::kApiKey)}};
  return json;
}

Result<Json> ApiKeyJson::BindingsOf(std::string_view key) {
  constexpr std::string_view kSql =
      "SELECT platform, kind, target, target_name FROM api_key_bindings WHERE api_key = ?1 ORDER BY platform";
  ASSIGN_OR_RETURN(auto query, snapshot_.lease.Prepare(kSql));
  query->Bind(1, key);
  Json bindings = Json::array();
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return bindings;
    bindings.push_back({{"platform", query->Text(0)},
                        {"kind", query->Text(1)},
                        {"id", query->Text(2)},
                        {"name", query->Text(3)}});
  }
}

}  // namespace keymeter::query_api
