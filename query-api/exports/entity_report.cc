#include "query-api/exports/entity_report.h"

#include <array>

#include <fmt/ranges.h>

#include "query-api/endpoints/usage_json.h"
#include "query-api/usage/usage_reader.h"
#include "schema/tags.h"

namespace keymeter::query_api {

namespace {

/// The columns that AddUsageCells fills, in its order.
constexpr std::array<std::string_view, 27> kUsageColumns = {
    "rpm",
    "tpm",
    "last10MinutesRequests",
    "todayRequests",
    "todayInputTokens",
    "todayOutputTokens",
    "todayCacheCreateTokens",
    "todayCacheReadTokens",
    "todayTotalTokens",
    "todayCost",
    "monthRequests",
    "monthInputTokens",
    "monthOutputTokens",
    "monthCacheCreateTokens",
    "monthCacheReadTokens",
    "monthTotalTokens",
    "monthCost",
    "totalRequests",
    "totalInputTokens",
    "totalOutputTokens",
    "totalCacheCreateTokens",
    "totalCacheReadTokens",
    "totalTotalTokens",
    "totalCost",
    "todayUnpricedRequests",
    "monthUnpricedRequests",
    "totalUnpricedRequests",
};

/// The columns of the days that were asked for, in the order of AddSumCells.
constexpr std::array<std::string_view, 7> kSpanColumns = {
    "spanRequests",        "spanInputTokens", "spanOutputTokens", "spanCacheCreateTokens",
    "spanCacheReadTokens", "spanTotalTokens", "spanCost"};

void AddSumCells(ReportWriter& writer, const UsageSum& sum) {
  writer.Int(sum.requests);
  writer.Int(sum.input_tokens);
  writer.Int(sum.output_tokens);
  writer.Int(sum.cache_create_tokens);
  writer.Int(sum.cache_read_tokens);
  writer.Int(sum.TotalTokens());
  if (sum.IsCostKnown())
    writer.Usd(WholeMicros(sum.cost_micros));
  else
    writer.TextOrNothing("");
}

void AddUsageCells(ReportWriter& writer, const UsageSummary& usage) {
  writer.Real(RoundedRate(usage.rates.rpm()));
  writer.Real(RoundedRate(usage.rates.tpm()));
  writer.Real(RoundedRate(usage.rates.requests_10m()));
  for (const UsageSum* sum : {&usage.today, &usage.month, &usage.total}) AddSumCells(writer, *sum);
  for (const UsageSum* sum : {&usage.today, &usage.month, &usage.total}) writer.Int(sum->unpriced_requests);
}

void AddSpanCells(ReportWriter& writer, const SpanSums& sums, std::string_view id) {
  const auto found = sums.find(std::string(id));
  AddSumCells(writer, found == sums.end() ? UsageSum() : found->second);
}

/// A row for each entity of the report that `sql` finds; its id is the first column.
Result<std::int64_t> WriteEntities(
    Snapshot& snapshot, std::string_view kind, std::string_view sql, const EntityReport& report,
    const std::function<Status(const Statement&, const UsageSummary&)>& add_attributes, ReportWriter& writer,
    const std::function<bool()>& is_stopping) {
  ASSIGN_OR_RETURN(auto reader, UsageReader::Make(snapshot, kind));
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(sql));
  for (std::int64_t count = 0;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return count;
    if (is_stopping()) return Fail(ErrorCode::kUnavailable, "the server stops");
    if (!report.selection.Has(query->Text(0))) continue;
    ASSIGN_OR_RETURN(const auto usage, reader.Read(query->Text(0)));
    RETURN_IF_ERROR(add_attributes(*query, usage));
    AddUsageCells(writer, usage);
    if (report.span) AddSpanCells(writer, *report.span, query->Text(0));
    RETURN_IF_ERROR(writer.EndRow());
    ++count;
  }
}

std::string JoinedTags(std::string_view text) {
  return fmt::format("{}", fmt::join(ReadTags(text).value_or(std::vector<std::string>()), ", "));
}

ReportColumns WithUsage(bool has_span, ReportColumns columns) {
  columns.insert(columns.end(), kUsageColumns.begin(), kUsageColumns.end());
  if (has_span) columns.insert(columns.end(), kSpanColumns.begin(), kSpanColumns.end());
  return columns;
}

}  // namespace

ReportColumns ApiKeyReportColumns(bool has_span) {
  return WithUsage(has_span,
                   {"keyId", "name", "description", "tags", "isActive", "isDeleted", "createdAt", "expiresAt",
                    "lastUsedAt", "dailyCostLimit", "userId", "userUsername", "groupId", "groupName"});
}

Result<std::int64_t> WriteApiKeyReport(Snapshot& snapshot, const EntityReport& report, ReportWriter& writer,
                                       const std::function<bool()>& is_stopping) {
  constexpr std::string_view kSql = R"(
      SELECT k.id, k.name, k.description, k.tags, k.is_active AND NOT k.gone, k.is_deleted OR k.gone,
        k.created_at, k.expires_at, k.last_used_at, k.daily_cost_limit, k.user_id, k.user_username,
        g.id, g.name
      FROM api_key k LEFT JOIN account_group g ON g.id = k.group_id AND NOT g.gone
      ORDER BY k.id)";
  const auto add_attributes = [&](const Statement& row, const UsageSummary& /*usage*/) -> Status {
    writer.Text(row.Text(0));
    writer.TextOrNothing(row.Text(1));
    writer.TextOrNothing(row.Text(2));
    writer.TextOrNothing(JoinedTags(row.Text(3)));
    writer.Flag(row.Int(4) != 0);
    writer.Flag(row.Int(5) != 0);
    for (int time = 6; time <= 8; ++time) writer.TextOrNothing(row.Text(time));
    writer.Real(row.Real(9));
    for (int text = 10; text <= 13; ++text) writer.TextOrNothing(row.Text(text));
    return {};
  };
  return WriteEntities(snapshot, "api_key", kSql, report, add_attributes, writer, is_stopping);
}

ReportColumns AccountReportColumns(bool has_span) {
  return WithUsage(
      has_span, {"accountId", "accountName", "platform", "status", "errorMessage", "isActive", "accountType",
                 "priority", "createdAt", "lastUsedAt", "dailyQuota", "groupId", "groupName"});
}

Result<std::int64_t> WriteAccountReport(Snapshot& snapshot, LastUseCache& last_use,
                                        const EntityReport& report, ReportWriter& writer,
                                        const std::function<bool()>& is_stopping) {
  // Of several groups the first by id, as everywhere.
  constexpr std::string_view kSql = R"(
      SELECT a.id, a.name, a.platform, a.status, a.error_message, a.is_active AND NOT a.gone,
        a.account_type, a.priority, a.created_at, a.last_used_at, a.daily_quota, g.id, g.name
      FROM account a
        LEFT JOIN (
          SELECT m.account, min(m.group_id) AS group_id
          FROM group_member m JOIN account_group g ON g.id = m.group_id AND NOT g.gone
          GROUP BY m.account) first ON first.account = a.id
        LEFT JOIN account_group g ON g.id = first.group_id
      ORDER BY a.id)";
  const auto add_attributes = [&](const Statement& row, const UsageSummary& usage) -> Status {
    ASSIGN_OR_RETURN(const auto last, last_use.Later(snapshot, row.Text(0), usage, row.Text(9)));
    writer.Text(row.Text(0));
    for (int text = 1; text <= 4; ++text) writer.TextOrNothing(row.Text(text));
    writer.Flag(row.Int(5) != 0);
    writer.TextOrNothing(row.Text(6));
    writer.Int(row.Int(7));
    writer.TextOrNothing(row.Text(8));
    writer.TextOrNothing(last.at);
    writer.Real(row.Real(10));
    writer.TextOrNothing(row.Text(11));
    writer.TextOrNothing(row.Text(12));
    return {};
  };
  return WriteEntities(snapshot, "account", kSql, report, add_attributes, writer, is_stopping);
}

}  // namespace keymeter::query_api
