#include "query-api/accounts.h"

#include <map>
#include <set>

#include "query-api/answer.h"
#include "query-api/api_keys.h"
#include "query-api/series_query.h"
#include "query-api/usage.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

/// The columns after id and sort column, in the order of `columns` below.
enum Column : int {
  kName = 2,
  kPlatform,
  kStatus,
  kErrorMessage,
  kIsActive,
  kAccountType,
  kPriority,
  kLastUsedAt,
  kDailyQuota,
};

SqlFilter FilterOf(const Params& params) {
  SqlFilter filter;
  if (const auto platform = params.Text("platform")) filter.Add("a.platform = {0}", std::string(*platform));
  if (const auto status = params.Text("status")) filter.Add("a.status = {0}", std::string(*status));
  if (const auto group = params.Text("groupId")) filter.Add(kIsMemberOfGroup, std::string(*group));
  if (const auto text = params.Text("search"))
    filter.Add(
        "(instr(lower(a.name), lower({0})) OR instr(lower(a.id), lower({0})) OR "
        "instr(lower(a.description), lower({0})))",
        std::string(*text));
  return filter;
}

/// Which group an account is in and how many of its members are there and were used in the last ten minutes.
class Groups {
 public:
  static Result<Groups> Read(Snapshot& snapshot) {
    Groups groups;
    if (auto read = groups.ReadMembers(snapshot); !read) return Fail(read.error());
    if (groups.group_of_.empty()) return groups;
    if (auto read = groups.ReadActive(snapshot); !read) return Fail(read.error());
    return groups;
  }

  /// Null when it is in none; the first by id when it is in several.
  [[nodiscard]] Json Of(std::string_view account) const {
    const auto found = group_of_.find(account);
    if (found == group_of_.end()) return {};
    const Group& group = groups_.at(found->second);
    std::int64_t active = 0;
    for (const std::string& member : group.members) active += active_.contains(member) ? 1 : 0;
    return Json{{"id", found->second},
                {"name", group.name},
                {"totalMembers", group.members.size()},
                {"activeMembers", active}};
  }

 private:
  struct Group {
    std::string name;
    std::vector<std::string> members;
  };

  Status ReadMembers(Snapshot& snapshot) {
    auto query = snapshot.lease.Prepare(
        "SELECT m.group_id, g.name, m.account FROM group_member m JOIN account_group g ON g.id = m.group_id "
        "WHERE NOT g.gone ORDER BY m.group_id, m.account");
    if (!query) return Fail(query.error());
    for (;;) {
      const auto row = (*query)->Step();
      if (!row) return Fail(row.error());
      if (!*row) return {};
      Group& group = groups_[std::string((*query)->Text(0))];
      group.name = std::string((*query)->Text(1));
      group.members.emplace_back((*query)->Text(2));
      group_of_.emplace((*query)->Text(2), (*query)->Text(0));
    }
  }

  Status ReadActive(Snapshot& snapshot) {
    auto query = snapshot.lease.Prepare(
        "SELECT DISTINCT s.entity FROM series s CROSS JOIN usage_minute u "
        "ON u.bucket IN (SELECT ?1 + 60 * value FROM json_each('[0,1,2,3,4,5,6,7,8,9,10]')) AND u.series = "
        "s.id "
        "WHERE s.kind = 'account' AND u.requests > 0");
    if (!query) return Fail(query.error());
    (*query)->Bind(1, LiveRates(snapshot.now_ms).first_bucket());
    for (;;) {
      const auto row = (*query)->Step();
      if (!row) return Fail(row.error());
      if (!*row) return {};
      active_.emplace((*query)->Text(0));
    }
  }

  std::map<std::string, Group, std::less<>> groups_;
  std::map<std::string, std::string, std::less<>> group_of_;
  std::set<std::string, std::less<>> active_;
};

Json AccountJson(const Statement& row, const EntityUsage& usage, const Groups& groups) {
  Json json{{"accountId", row.Text(0)},
            {"accountName", row.Text(kName)},
            {"platform", row.Text(kPlatform)},
            {"status", row.Text(kStatus)},
            {"isActive", row.Int(kIsActive) != 0},
            {"accountType", row.Text(kAccountType)},
            {"priority", row.Int(kPriority)},
            {"lastUsedAt", TextOrNull(row.Text(kLastUsedAt))},
            {"todayTokenUsage", usage.today.TotalTokens()},
            {"todayExpense", usage.today.cost_micros / 1e6},
            {"recentAvgRpm", usage.rates.rpm_10m()},
            {"dailyQuota", row.Real(kDailyQuota)}};
  if (!row.Text(kErrorMessage).empty()) json["errorMessage"] = row.Text(kErrorMessage);
  if (Json group = groups.Of(row.Text(0)); !group.is_null()) json["group"] = std::move(group);
  json["usage"] = {{"today", UsageJson(usage.today)},
                   {"month", UsageJson(usage.month)},
                   {"total", UsageJson(usage.total)}};
  return json;
}

/// The last 24 hours, the running one last.
Result<Json> HourlyJson(Snapshot& snapshot, const std::string& account) {
  constexpr std::int64_t kHours = 24;
  const std::int64_t end = BucketOf(Level::kHour, snapshot.now_ms / 1000, 0) + kHourSeconds;
  const auto slots = Slots::Make({(end - kHours * kHourSeconds) * 1000, end * 1000, kHourSeconds, ""},
                                 snapshot.now_ms, snapshot.state.utc_offset_s);
  if (!slots) return Fail(slots.error());
  const auto rows = SeriesQuery(snapshot, {SeriesFilter::Scope::kAccount, account, {}}).Rows(*slots);
  if (!rows) return Fail(rows.error());
  Json hours = Json::array();
  for (const SeriesRow& row : *rows)
    hours.push_back({{"hour", FormatRfc3339(row.bucket * 1000)},
                     {"requests", row.usage.requests},
                     {"tokens", row.usage.TotalTokens()},
                     {"cost", row.usage.cost_micros / 1e6}});
  return hours;
}

}  // namespace

const ListSource& AccountSource() {
  static const ListSource source{
      "a.name, a.platform, a.status, a.error_message, a.is_active AND NOT a.gone, a.account_type, "
      "a.priority, "
      "a.last_used_at, a.daily_quota",
      "account a",
      "a.id",
      {{"accountId", "a.id"},
       {"name", "a.name"},
       {"platform", "a.platform"},
       {"status", "a.status"},
       {"priority", "a.priority", false},
       {"createdAt", "a.created_at"},
       {"lastUsedAt", "a.last_used_at"}}};
  return source;
}

std::vector<std::string_view> AccountListParams() {
  return {"platform", "groupId", "status", "search", "sort", "order", "limit", "cursor"};
}

Result<Json> ReadAccounts(Snapshot& snapshot, ListPage& page) {
  const auto groups = Groups::Read(snapshot);
  if (!groups) return Fail(groups.error());
  auto reader = UsageReader::Make(snapshot, "account");
  if (!reader) return Fail(reader.error());
  Json accounts = Json::array();
  const auto read = page.Read(snapshot, [&](const Statement& row) -> Status {
    const auto usage = reader->Read(row.Text(0));
    if (!usage) return Fail(usage.error());
    accounts.push_back(AccountJson(row, *usage, *groups));
    return {};
  });
  if (!read) return Fail(read.error());
  return accounts;
}

Result<Response> ListAccounts(ApiContext& context, const Call& call) {
  auto page = ListPage::Plan(call, AccountSource(), FilterOf(call.params));
  if (!page) return Fail(page.error());
  return Answer(context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
    const auto accounts = ReadAccounts(snapshot, *page);
    if (!accounts) return Fail(accounts.error());
    Response response = JsonResponse(*accounts);
    page->AddHeaders(call, response);
    return response;
  });
}

Result<Response> AccountById(ApiContext& context, const Call& call) {
  SqlFilter filter;
  filter.Add("a.id = {0}", call.id);
  auto page = ListPage::Plan(call, AccountSource(), std::move(filter));
  if (!page) return Fail(page.error());
  return Answer(context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
    auto accounts = ReadAccounts(snapshot, *page);
    if (!accounts) return Fail(accounts.error());
    if (accounts->empty()) return Problem(404, "there is no account with this id");
    auto hours = HourlyJson(snapshot, call.id);
    if (!hours) return Fail(hours.error());
    Json account = std::move(accounts->front());
    account["usage"]["hourly"] = std::move(*hours);
    return JsonResponse(account);
  });
}

}  // namespace keymeter::query_api
