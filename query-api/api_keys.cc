#include "query-api/api_keys.h"

#include "query-api/answer.h"
#include "query-api/list_query.h"
#include "query-api/usage.h"

namespace keymeter::query_api {

namespace {

/// The columns after id and sort column, in the order of `columns` below.
enum Column : int {
  kName = 2,
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
};

Result<SqlFilter> FilterOf(const Params& params) {
  SqlFilter filter;
  if (const auto group = params.Text("groupId")) filter.Add(kIsBoundToGroup, std::string(*group));
  if (const auto text = params.Text("search"))
    filter.Add(
        "(instr(lower(k.name), lower({0})) OR instr(lower(k.id), lower({0})) OR "
        "instr(lower(k.description), lower({0})))",
        std::string(*text));
  if (const auto tag = params.Text("tag"))
    filter.Add(
        "EXISTS (SELECT 1 FROM json_each(iif(json_valid(k.tags), k.tags, '[]')) t WHERE t.value = {0})",
        std::string(*tag));
  for (const auto& [name, condition] : {std::pair("isActive", "(k.is_active AND NOT k.gone) = {0}"),
                                        std::pair("isDeleted", "(k.is_deleted OR k.gone) = {0}")}) {
    const auto wanted = params.Bool(name);
    if (!wanted) return Fail(wanted.error());
    if (*wanted) filter.Add(condition, std::int64_t{**wanted ? 1 : 0});
  }
  return filter;
}

/// The relay's text is an array of strings; anything else is no tags.
Json Tags(std::string_view text) {
  Json tags = Json::parse(text, nullptr, false);
  return tags.is_array() ? tags : Json::array();
}

Json ApiKeyJson(const Statement& row, const EntityUsage& usage, const Caller& caller) {
  Json json{{"keyId", row.Text(0)},
            {"name", row.Text(kName)},
            {"description", row.Text(kDescription)},
            {"tags", Tags(row.Text(kTags))},
            {"isActive", row.Int(kIsActive) != 0},
            {"isDeleted", row.Int(kIsDeleted) != 0},
            {"createdAt", TextOrNull(row.Text(kCreatedAt))},
            {"expiresAt", TextOrNull(row.Text(kExpiresAt))},
            {"lastUsedAt", TextOrNull(row.Text(kLastUsedAt))},
            {"rpm", usage.rates.rpm()},
            {"tpm", usage.rates.tpm()},
            {"dailyCostLimit", row.Real(kDailyCostLimit)}};
  if (!row.Text(kGroupId).empty())
    json["currentGroup"] = {{"id", row.Text(kGroupId)}, {"name", row.Text(kGroupName)}};
  if (caller.IsAdmin() && (!row.Text(kUserId).empty() || !row.Text(kUserUsername).empty())) {
    json["owner"] = row.Text(kUserUsername).empty() ? row.Text(kUserId) : row.Text(kUserUsername);
    json["userId"] = TextOrNull(row.Text(kUserId));
    json["userUsername"] = TextOrNull(row.Text(kUserUsername));
  }
  json["usage"] = {
      {"today", UsageJson(usage.today)},
      {"last10Minutes", {{"avgRpm", usage.rates.rpm_10m()}, {"totalRequests", usage.rates.requests_10m()}}},
      {"month", UsageJson(usage.month)},
      {"total", UsageJson(usage.total)}};
  return json;
}

}  // namespace

const ListSource& ApiKeySource() {
  static const ListSource source{
      "k.name, k.description, k.tags, k.is_active AND NOT k.gone, k.is_deleted OR k.gone, k.created_at, "
      "k.expires_at, "
      "k.last_used_at, k.daily_cost_limit, k.user_id, k.user_username, coalesce(g.id, ''), coalesce(g.name, "
      "'')",
      "api_key k LEFT JOIN account_group g ON g.id = k.group_id AND NOT g.gone",
      "k.id",
      {{"keyId", "k.id"},
       {"name", "k.name"},
       {"createdAt", "k.created_at"},
       {"lastUsedAt", "k.last_used_at"},
       {"expiresAt", "k.expires_at"}}};
  return source;
}

Result<Json> ReadApiKeys(Snapshot& snapshot, ListPage& page, const Caller& caller) {
  auto reader = UsageReader::Make(snapshot, "api_key");
  if (!reader) return Fail(reader.error());
  Json keys = Json::array();
  const auto read = page.Read(snapshot, [&](const Statement& row) -> Status {
    const auto usage = reader->Read(row.Text(0));
    if (!usage) return Fail(usage.error());
    keys.push_back(ApiKeyJson(row, *usage, caller));
    return {};
  });
  if (!read) return Fail(read.error());
  return keys;
}

Result<std::optional<Json>> ApiKeyJsonOf(Snapshot& snapshot, std::string_view id, const Caller& caller) {
  auto query = snapshot.lease.Prepare(
      fmt::format("SELECT k.id, 0, {} FROM {} WHERE k.id = ?1", ApiKeySource().columns, ApiKeySource().from));
  if (!query) return Fail(query.error());
  (*query)->Bind(1, id);
  const auto row = (*query)->Step();
  if (!row) return Fail(row.error());
  if (!*row) return std::nullopt;
  auto reader = UsageReader::Make(snapshot, "api_key");
  if (!reader) return Fail(reader.error());
  const auto usage = reader->Read(id);
  if (!usage) return Fail(usage.error());
  return ApiKeyJson(**query, *usage, caller);
}

Json TextOrNull(std::string_view text) {
  return text.empty() ? Json() : Json(text);
}

std::vector<std::string_view> ApiKeyListParams() {
  return {"groupId", "isActive", "isDeleted", "search", "tag", "sort", "order", "limit", "cursor"};
}

Result<Response> ListApiKeys(ApiContext& context, const Call& call) {
  auto filter = FilterOf(call.params);
  if (!filter) return Fail(filter.error());
  auto page = ListPage::Plan(call, ApiKeySource(), std::move(*filter));
  if (!page) return Fail(page.error());
  return Answer(context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
    const auto keys = ReadApiKeys(snapshot, *page, call.caller);
    if (!keys) return Fail(keys.error());
    Response response = JsonResponse(*keys);
    page->AddHeaders(call, response);
    return response;
  });
}

Result<Response> ApiKeyById(ApiContext& context, const Call& call) {
  return Answer(context, call, Freshness::kChangesWithTime, [&](Snapshot& snapshot) -> Result<Response> {
    const auto key = ApiKeyJsonOf(snapshot, call.id, call.caller);
    if (!key) return Fail(key.error());
    return *key ? JsonResponse(**key) : Problem(404, "there is no API key with this id");
  });
}

}  // namespace keymeter::query_api
