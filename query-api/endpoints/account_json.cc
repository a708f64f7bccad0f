#include "query-api/endpoints/account_json.h"

#include <array>
#include <optional>

#include "query-api/endpoints/usage_json.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

/// The columns after the id, in the order of kColumns.
enum Column : int {
  kName = 1,
  kPlatform,
  kStatus,
  kErrorMessage,
  kIsActive,
  kAccountType,
  kPriority,
  kLastUsedAt,
  kDailyQuota,
  kDescription,
  kSchedulable,
  kCreatedAt,
  kExpiresAt,
  kSubscriptionExpiresAt,
  kMaxConcurrency,
  kHasRateLimitMark,
  kRateLimitedAt,
  kRateLimitedUntil,
  kOpusRateLimitedAt,
  kOpusRateLimitEndAt,
  kFableRateLimitedAt,
  kFableRateLimitEndAt,
  kUnauthorizedAt,
  kBlockedAt,
  kTempErrorAt,
  kOverloadedAt,
  kQuotaStoppedAt,
  kFiveHourAutoStopped,
  kSessionWindowStartAt,
  kSessionWindowEndAt,
  kSessionWindowStatus,
  kFiveHourPercent,
  kFiveHourResetsAt,
  kSevenDayPercent,
  kSevenDayResetsAt,
  kSevenDayOpusPercent,
  kSevenDayOpusResetsAt,
  kPrimaryPercent,
  kPrimaryResetAfterS,
  kSecondaryPercent,
  kSecondaryResetAfterS,
  kWindowsUpdatedAt,
  kDailyUsage,
  kUnavailableUntil,
  kBalance,
  kBalanceCurrency,
  kBalanceAt,
};

struct MarkColumns {
  std::string_view kind;
  Column since;
  std::optional<Column> until;
};
constexpr std::array<MarkColumns, 7> kMarks = {{
    {"opusRateLimited", kOpusRateLimitedAt, kOpusRateLimitEndAt},
    {"fableRateLimited", kFableRateLimitedAt, kFableRateLimitEndAt},
    {"unauthorized", kUnauthorizedAt, std::nullopt},
    {"blocked", kBlockedAt, std::nullopt},
    {"tempError", kTempErrorAt, std::nullopt},
    {"overloaded", kOverloadedAt, std::nullopt},
    {"quotaStopped", kQuotaStoppedAt, std::nullopt},
}};

struct WindowColumns {
  std::string_view name;
  Column percent;
  Column end;
  bool is_after_update;  ///< `end` is seconds after kWindowsUpdatedAt, and no time
};
constexpr std::array<WindowColumns, 5> kWindows = {{
    {"fiveHour", kFiveHourPercent, kFiveHourResetsAt, false},
    {"sevenDay", kSevenDayPercent, kSevenDayResetsAt, false},
    {"sevenDayOpus", kSevenDayOpusPercent, kSevenDayOpusResetsAt, false},
    {"primary", kPrimaryPercent, kPrimaryResetAfterS, true},
    {"secondary", kSecondaryPercent, kSecondaryResetAfterS, true},
}};

/// A mark holds until its end, if that is known; a relay takes it away later, with the next request.
bool IsBefore(std::int64_t now_ms, std::string_view end) {
  const auto end_ms = ParseRfc3339(end);
  return !end_ms || now_ms < *end_ms;
}

void AddRateLimit(const Statement& row, std::int64_t now_ms, Json& json) {
  const bool is_limited = row.Int(kHasRateLimitMark) != 0 && IsBefore(now_ms, row.Text(kRateLimitedUntil));
  const Json until = is_limited ? TextOrNull(row.Text(kRateLimitedUntil)) : Json();
  json["isRateLimited"] = is_limited;
  json["rateLimitedUntil"] = until;
  if (is_limited)
    json["rateLimit"] = {
        {"limited", true}, {"until", until}, {"since", TextOrNull(row.Text(kRateLimitedAt))}};
}

/// Until when the relay passes it over, after an error of its provider.
Json UnavailableUntilJson(const Statement& row, std::int64_t now_ms) {
  const auto until_ms = ParseRfc3339(row.Text(kUnavailableUntil));
  return until_ms && now_ms < *until_ms ? Json(row.Text(kUnavailableUntil)) : Json();
}

/// What the relay marked the account with, and since when: [{kind since until? active}].
Json MarksJson(const Statement& row, std::int64_t now_ms) {
  Json marks = Json::array();
  const auto add = [&](std::string_view kind, std::string_view since, std::string_view until) {
    marks.push_back({{"kind", kind},
                     {"since", TextOrNull(since)},
                     {"until", TextOrNull(until)},
                     {"active", IsBefore(now_ms, until)}});
  };
  if (row.Int(kHasRateLimitMark) != 0)
    add("rateLimited", row.Text(kRateLimitedAt), row.Text(kRateLimitedUntil));
  for (const MarkColumns& mark : kMarks) {
    const std::string_view until = mark.until ? row.Text(*mark.until) : std::string_view();
    if (!row.Text(mark.since).empty() || !until.empty()) add(mark.kind, row.Text(mark.since), until);
  }
  if (row.Int(kFiveHourAutoStopped) != 0) add("fiveHourAutoStopped", "", "");
  return marks;
}

Json EndOfWindow(const Statement& row, const WindowColumns& window) {
  if (!window.is_after_update) return TextOrNull(row.Text(window.end));
  const auto updated_ms = ParseRfc3339(row.Text(kWindowsUpdatedAt));
  constexpr std::int64_t kLongestS = 366 * kDaySeconds;
  const std::int64_t after_s = row.Int(window.end);
  if (!updated_ms || row.IsNull(window.end) || after_s < 0 || after_s > kLongestS) return {};
  return FormatRfc3339(*updated_ms + after_s * 1000);
}

/// What the provider says is used of its windows: [{name usedPercent resetsAt}].
Json WindowsJson(const Statement& row) {
  Json windows = Json::array();
  for (const WindowColumns& window : kWindows) {
    if (row.IsNull(window.percent)) continue;
    windows.push_back({{"name", window.name},
                       {"usedPercent", RateJson(row.Real(window.percent))},
                       {"resetsAt", EndOfWindow(row, window)}});
  }
  return windows;
}

/// As the view `accounts` has it: two kinds of account keep 0, and the relay computes it from their day.
Json DailyUsageJson(const Statement& row, const UsageSummary& usage) {
  const std::string_view platform = row.Text(kPlatform);
  const bool is_computed = platform == "claude-console" || platform == "ccr";
  return is_computed ? CostJson(usage.today) : Json(UsdOfMicros(row.Real(kDailyUsage) * 1e6));
}

/// As the provider named it when the relay last asked. The relay forgets it after an hour, and we with it
/// while we are connected: `asOf` says how old it is.
void AddBalance(const Statement& row, Json& json) {
  if (row.IsNull(kBalance)) return;
  json["balance"] = {{"amount", UsdOfMicros(row.Real(kBalance) * 1e6)},
                     {"currency", TextOrNull(row.Text(kBalanceCurrency))},
                     {"asOf", TextOrNull(row.Text(kBalanceAt))}};
}

void AddSessionWindow(const Statement& row, Json& json) {
  if (row.Text(kSessionWindowStartAt).empty() && row.Text(kSessionWindowEndAt).empty()) return;
  json["sessionWindow"] = {{"start", TextOrNull(row.Text(kSessionWindowStartAt))},
                           {"end", TextOrNull(row.Text(kSessionWindowEndAt))},
                           {"status", TextOrNull(row.Text(kSessionWindowStatus))}};
}

void AddGroups(Json groups, Json& json) {
  if (!groups.empty()) {
    json["groupId"] = groups.front().at("id");
    json["groupName"] = groups.front().at("name");
    json["group"] = groups.front();
  }
  json["groups"] = std::move(groups);
}

}  // namespace

Result<Json> AccountJson::Of(const Statement& row) {
  const UsageSummary usage = accounts_.totals.Of(row.Text(0));
  Json json{{"accountId", row.Text(0)},
            {"accountName", row.Text(kName)},
            {"id", row.Text(0)},
            {"name", row.Text(kName)},
            {"description", row.Text(kDescription)},
            {"platform", row.Text(kPlatform)},
            {"status", row.Text(kStatus)},
            {"isActive", row.Int(kIsActive) != 0},
            {"schedulable", row.Int(kSchedulable) != 0},
            {"accountType", row.Text(kAccountType)},
            {"priority", row.Int(kPriority)},
            {"maxConcurrency", row.Int(kMaxConcurrency)},
            {"createdAt", TextOrNull(row.Text(kCreatedAt))},
            {"expiresAt", TextOrNull(row.Text(kExpiresAt))},
            {"subscriptionExpiresAt", TextOrNull(row.Text(kSubscriptionExpiresAt))}};
  RETURN_IF_ERROR(AddLastUse(row, usage, json));
  AddRateLimit(row, snapshot_.now_ms, json);
  json["unavailableUntil"] = UnavailableUntilJson(row, snapshot_.now_ms);
  json["marks"] = MarksJson(row, snapshot_.now_ms);
  json["windows"] = WindowsJson(row);
  AddSessionWindow(row, json);
  json["todayTokenUsage"] = usage.today.TotalTokens();
  json["todayExpense"] = CostJson(usage.today);
  json["currentDailyCost"] = CostJson(usage.today);
  json["rpm"] = RateJson(usage.rates.rpm());
  json["tpm"] = RateJson(usage.rates.tpm());
  json["recentAvgRpm"] = RateJson(usage.rates.rpm_10m());
  json["dailyQuota"] = row.Real(kDailyQuota);
  json["dailyUsage"] = DailyUsageJson(row, usage);
  AddBalance(row, json);
  if (caller_.IsAdmin() && !row.Text(kErrorMessage).empty()) json["errorMessage"] = row.Text(kErrorMessage);
  AddGroups(accounts_.groups.Of(row.Text(0)), json);
  json["usage"] = AccountSumsJson(usage);
  return json;
}

Status AccountJson::AddLastUse(const Statement& row, const UsageSummary& usage, Json& json) {
  ASSIGN_OR_RETURN(const auto last, last_use_.Later(snapshot_, row.Text(0), usage, row.Text(kLastUsedAt)));
  json["lastUsedAt"] = TextOrNull(last.at);
  json["lastUsedFrom"] = last.is_from_usage ? Json("usage") : last.at.empty() ? Json() : Json("relay");
  return {};
}

}  // namespace keymeter::query_api
