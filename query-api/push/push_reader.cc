#include "query-api/push/push_reader.h"

#include <algorithm>
#include <functional>

#include "query-api/endpoints/accounts.h"
#include "query-api/endpoints/api_keys.h"
#include "query-api/endpoints/groups.h"
#include "query-api/endpoints/system_metrics.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kRecentMinutes = 2;  ///< whole ones, before the current minute

std::uint64_t HashOf(std::string_view text) {
  return std::hash<std::string_view>()(text);
}

std::string TextOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A mark that has not ended will do so by itself. Without an end it stays.
bool WillEnd(const Json& mark) {
  const Json& until = mark.at("until");
  return mark.at("active") == true && until.is_string() && ParseRfc3339(until.get_ref<const std::string&>());
}

bool IsActive(const Json& group) {
  return group.at("activeMembers") != 0;
}

/// Whether it changes while nothing happens: it holds a rate that falls, or a time that will come.
bool ChangesByTime(PushKind kind, const Json& json) {
  const auto any_of = [&](const char* list, bool (*holds)(const Json&)) {
    return std::any_of(json.at(list).begin(), json.at(list).end(), holds);
  };
  switch (kind) {
    case PushKind::kApiKey:
      // Of all rates this one is the last to show nothing: rates are rounded, and an average is a tenth of
      // it.
      return json.at("rpm") != 0.0 || json.at("tpm") != 0.0 ||
             json.at("usage").at("last10Minutes").at("totalRequests") != 0.0;
    case PushKind::kAccount:
      // A limited account is marked so: its end is that of the mark. `unavailableUntil` is a text while it
      // lies ahead.
      return json.at("rpm") != 0.0 || json.at("tpm") != 0.0 || json.at("recentAvgRpm") != 0.0 ||
             json.at("unavailableUntil").is_string() || any_of("groups", IsActive) ||
             any_of("marks", WillEnd);
    case PushKind::kGroup:
      return json.at("rpm") != 0.0 || IsActive(json);
    default:
      return false;
  }
}

std::string_view IdsSql(PushKind kind) {
  switch (kind) {
    case PushKind::kApiKey:
      return "SELECT id FROM api_key ORDER BY id LIMIT ?1";
    case PushKind::kAccount:
      return "SELECT id FROM account ORDER BY id LIMIT ?1";
    default:
      return "SELECT id FROM account_group WHERE NOT gone ORDER BY id LIMIT ?1";
  }
}

}  // namespace

Result<const EntityTotals*> EntityReader::Totals() {
  if (!accounts_) {
    ASSIGN_OR_RETURN(auto totals, EntityTotals::Read(snapshot_, caches_, SeriesCatalog::Kind::kAccount));
    accounts_.emplace(AccountsState{std::move(totals), {}});
  }
  return &accounts_->totals;
}

Result<const AccountsState*> EntityReader::TotalsAndGroups() {
  ASSIGN_OR_RETURN(const auto* totals, Totals());
  if (!has_groups_) {
    ASSIGN_OR_RETURN(accounts_->groups, AccountGroups::Read(snapshot_, *totals));
    has_groups_ = true;
  }
  return &*accounts_;
}

Result<std::optional<Json>> EntityReader::JsonOf(Role role, const PushTopic& topic) {
  const Caller caller{role};
  if (topic.kind == PushKind::kApiKey) return ApiKeyJsonOf(snapshot_, topic.id, caller);
  if (topic.kind == PushKind::kGroup) {
    ASSIGN_OR_RETURN(const auto* totals, Totals());
    return GroupJsonOf(snapshot_, *totals, topic.id);
  }
  ASSIGN_OR_RETURN(const auto* accounts, TotalsAndGroups());
  return AccountJsonOf(snapshot_, caches_, *accounts, topic.id, caller);
}

Result<std::optional<PushState>> EntityReader::Read(Role role, const PushTopic& topic) {
  ASSIGN_OR_RETURN(const auto json, JsonOf(role, topic));
  if (!json) return std::nullopt;
  PushState state{TextOf(*json)};
  state.essence = HashOf(state.json);
  state.changes_by_time = ChangesByTime(topic.kind, *json);
  return state;
}

Result<PushState> ReadMetricsState(Snapshot& snapshot, UsageCaches& caches) {
  ASSIGN_OR_RETURN(auto json, SystemMetricsJson(snapshot, caches));
  PushState state{TextOf(json)};
  json.erase("asOf");
  state.essence = HashOf(TextOf(json));
  return state;
}

PushState AlertState(const std::vector<HealthReason>& reasons, std::int64_t now_ms) {
  const Json json{
      {"ok", reasons.empty()}, {"reasons", HealthReasonTexts(reasons)}, {"asOf", FormatRfc3339(now_ms)}};
  // What IsSameAs compares.
  std::string essence;
  for (const HealthReason& reason : reasons)
    essence += fmt::format("{} {}\n", static_cast<int>(reason.kind), reason.detail);
  return {TextOf(json), HashOf(essence)};
}

Result<std::vector<std::string>> ReadEntityIds(Snapshot& snapshot, PushKind kind, std::size_t most) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(IdsSql(kind)));
  query->Bind(1, static_cast<std::int64_t>(most));
  std::vector<std::string> ids;
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return ids;
    ids.emplace_back(query->Text(0));
  }
}

Result<std::map<std::string, std::uint64_t>> ReadRecentUse(Snapshot& snapshot, PushKind kind) {
  std::map<std::string, std::uint64_t> uses;
  if (kind == PushKind::kGroup) return uses;
  ASSIGN_OR_RETURN(auto query,
                   snapshot.lease.Prepare(
                       "SELECT s.entity, u.requests, u.output_tokens FROM usage_minute u CROSS JOIN series s "
                       "ON s.id = u.series WHERE u.bucket >= ?1 AND s.kind = ?2"));
  const std::int64_t newest = BucketOf(Level::kMinute, snapshot.now_ms / 1000, 0);
  query->Bind(1, newest - kRecentMinutes * kMinuteSeconds)
      .Bind(2, kind == PushKind::kApiKey ? "api_key" : "account");
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return uses;
    // Counters only grow: when their sum stays the same, each of them did.
    std::uint64_t& use = uses[std::string(query->Text(0))];
    use += static_cast<std::uint64_t>(query->Int(1)) + static_cast<std::uint64_t>(query->Int(2));
  }
}

}  // namespace keymeter::query_api
