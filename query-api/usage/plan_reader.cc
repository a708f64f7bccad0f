#include "query-api/usage/plan_reader.h"

#include <algorithm>

#include "query-api/usage/bucket_list.h"

namespace keymeter::query_api {

namespace {

/// Before and after it the file holds no usage.
struct DataSpan {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

constexpr std::string_view kDataSpanSql = R"(
    SELECT min(least), max(most)
    FROM (SELECT (SELECT min(bucket) FROM usage_minute) AS least, (SELECT max(bucket) FROM usage_minute) AS most
      UNION ALL SELECT (SELECT min(bucket) FROM usage_hour), (SELECT max(bucket) FROM usage_hour)
      UNION ALL SELECT (SELECT min(bucket) FROM usage_day), (SELECT max(bucket) FROM usage_day)
      UNION ALL SELECT (SELECT min(bucket) FROM usage_month), (SELECT max(bucket) FROM usage_month)))";

Result<DataSpan> ReadDataSpan(Snapshot& snapshot) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(kDataSpanSql));
  RETURN_IF_ERROR(query->Step());
  if (query->IsNull(0)) return DataSpan{};
  return DataSpan{query->Int(0), std::max(query->Int(1) + kMinuteSeconds, snapshot.state.rolled_until)};
}

/// Parameters: 1 and 2 the span, 3 the series.
std::string LookUpSql(UsageTable table) {
  if (IsUntimed(table))
    return fmt::format(R"(
        SELECT u.bucket, u.series, {}
        FROM usage_untimed u
        WHERE u.level = '{}' AND u.bucket >= ?1 AND u.bucket < ?2
          AND u.series IN (SELECT value FROM json_each(?3))
        ORDER BY 1)",
                       kBlockColumnsSql, LevelName(LevelOf(table)));
  return fmt::format(R"(
      SELECT u.bucket, u.series, {0}
      FROM (
          WITH RECURSIVE b(bucket) AS (
            SELECT min(bucket) FROM usage_{1} WHERE bucket >= ?1
            UNION ALL
            SELECT (SELECT min(bucket) FROM usage_{1} WHERE bucket > b.bucket) FROM b WHERE b.bucket < ?2)
          SELECT bucket FROM b WHERE bucket < ?2) b
        CROSS JOIN usage_{1} u ON u.bucket = b.bucket AND u.series IN (SELECT value FROM json_each(?3))
      ORDER BY 1)",
                     kBlockColumnsSql, LevelName(LevelOf(table)));
}

}  // namespace

Result<PlanReader> PlanReader::Make(Snapshot& snapshot, UsageBlocks& blocks,
                                    const SeriesSelection& selection) {
  PlanReader reader(snapshot, blocks, selection);
  if (!selection.is_of_keys()) {
    ASSIGN_OR_RETURN(auto prices, PriceTable::Read(snapshot, selection.catalog()));
    reader.prices_ = std::move(prices);
  }
  if (selection.series().size() <= kFewSeries) reader.ids_ = JsonArrayOf(selection.series());
  return reader;
}

Result<LevelPlan> PlanReader::Plan(std::int64_t from, std::int64_t to, Level coarsest) {
  ASSIGN_OR_RETURN(const auto data, ReadDataSpan(*snapshot_));
  const SourceState& state = snapshot_->state;
  PlanRequest request{.from = from,
                      .to = to,
                      .coarsest = coarsest,
                      .horizons = state.horizons,
                      .rolled_until = state.rolled_until,
                      .utc_offset_s = state.utc_offset_s,
                      .data_from = data.from,
                      .data_to = data.to,
                      .split_months = {}};
  if (prices_) request.split_months = prices_->MonthsOfChange(state.utc_offset_s);
  return LevelPlan::Make(request);
}

Status PlanReader::Read(const PlanStep& step, const Visitor& visit) {
  if (selection_->series().empty()) return {};
  return ids_.empty() ? ReadBlocks(step, visit) : LookUp(step, visit);
}

UsageSum PlanReader::SumOf(std::int64_t bucket, std::uint32_t series, const BlockRow& row) const {
  if (!prices_) return SumOfKeyRow(row, bucket >= snapshot_->state.money_from);
  return SumOfAccountRow(row, prices_->Find(selection_->catalog().entries()[series].model, bucket));
}

Status PlanReader::ReadBlocks(const PlanStep& step, const Visitor& visit) {
  const auto read_block = [&](std::int64_t bucket, const UsageBlocks::Block& block) {
    for (std::size_t row = 0; row < block->rows(); ++row) {
      const std::uint32_t series = block->Series(row);
      if (!selection_->NamesOf(series).empty()) visit(bucket, series, SumOf(bucket, series, block->Row(row)));
    }
  };
  return blocks_->Each(*snapshot_, step.table, step.from, step.to, read_block);
}

Status PlanReader::LookUp(const PlanStep& step, const Visitor& visit) {
  ASSIGN_OR_RETURN(auto query, snapshot_->lease.Prepare(LookUpSql(step.table)));
  query->Bind(1, step.from).Bind(2, step.to).Bind(3, ids_);
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return {};
    const auto series = static_cast<std::uint32_t>(query->Int(1));
    visit(query->Int(0), series, SumOf(query->Int(0), series, ReadBlockRow(*query, 2)));
  }
}

}  // namespace keymeter::query_api
