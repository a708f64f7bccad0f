#include "query-api/usage/plan_reader.h"

namespace keymeter::query_api {

namespace {

constexpr std::string_view kColumns =
    "u.bucket, u.series, u.requests, u.input_tokens, u.output_tokens, u.cache_create_tokens, "
    "u.cache_read_tokens, u.ephemeral_1h_tokens, u.cost_micros, u.real_cost_micros";

/// Before and after it the file holds no usage.
struct DataSpan {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

Result<DataSpan> ReadDataSpan(Snapshot& snapshot) {
  ASSIGN_OR_RETURN(
      auto query,
      snapshot.lease.Prepare(
          "SELECT min(least), max(most) FROM (SELECT (SELECT min(bucket) FROM usage_minute) AS least, "
          "(SELECT "
          "max(bucket) FROM usage_minute) AS most UNION ALL SELECT (SELECT min(bucket) FROM usage_hour), "
          "(SELECT "
          "max(bucket) FROM usage_hour) UNION ALL SELECT (SELECT min(bucket) FROM usage_day), (SELECT "
          "max(bucket) "
          "FROM usage_day) UNION ALL SELECT (SELECT min(bucket) FROM usage_month), (SELECT max(bucket) FROM "
          "usage_month))"));
  RETURN_IF_ERROR(query->Step());
  if (query->IsNull(0)) return DataSpan{};
  return DataSpan{query->Int(0), std::max(query->Int(1) + kMinuteSeconds, snapshot.state.rolled_until)};
}

BlockRow RowAt(const UsageBlock& block, std::size_t row) {
  BlockRow values;
  for (std::size_t i = 0; i < kBlockColumns; ++i) values[i] = block.At(static_cast<BlockColumn>(i), row);
  return values;
}

}  // namespace

Result<PlanReader> PlanReader::Make(Snapshot& snapshot, const SeriesSelection& selection) {
  PlanReader reader(snapshot, selection);
  if (!selection.is_of_keys()) {
    ASSIGN_OR_RETURN(auto prices, PriceTable::Read(snapshot, selection.catalog()));
    reader.prices_ = std::move(prices);
  }
  if (selection.series().size() <= kFewSeries) reader.ids_ = Json(selection.series()).dump();
  return reader;
}

Result<LevelPlan> PlanReader::Plan(std::int64_t from, std::int64_t to, Level coarsest) {
  ASSIGN_OR_RETURN(const auto data, ReadDataSpan(*snapshot_));
  const SourceState& state = snapshot_->state;
  PlanRequest request{from,      to,      coarsest, state.horizons, state.rolled_until, state.utc_offset_s,
                      data.from, data.to, {}};
  if (prices_) request.split_months = prices_->MonthsOfChange(state.utc_offset_s);
  return LevelPlan::Make(request);
}

Status PlanReader::Read(const PlanStep& step, const Visitor& visit) {
  if (selection_->series().empty()) return {};
  return ids_.empty() ? ReadBlocks(step, visit) : LookUp(step, visit);
}

UsageSum PlanReader::SumOf(std::int64_t bucket, std::uint32_t series, const BlockRow& row) const {
  UsageSum sum{row[0], row[1], row[2], row[3], row[4]};
  if (!prices_) {
    sum.cost_micros = static_cast<double>(row[static_cast<std::size_t>(BlockColumn::kCostMicros)]);
    sum.real_cost_micros = static_cast<double>(row[static_cast<std::size_t>(BlockColumn::kRealCostMicros)]);
  } else if (const auto* price = prices_->Find(selection_->catalog().entries()[series].model, bucket)) {
    sum.cost_micros = price->CostMicros(row);
  }
  return sum;
}

Status PlanReader::ReadBlocks(const PlanStep& step, const Visitor& visit) {
  return snapshot_->blocks->Each(*snapshot_, step.table, step.from, step.to,
                                 [&](std::int64_t bucket, const UsageBlocks::Block& block) {
                                   for (std::size_t row = 0; row < block->rows(); ++row) {
                                     const std::uint32_t series = block->Series(row);
                                     if (!selection_->NamesOf(series).empty())
                                       visit(bucket, series, SumOf(bucket, series, RowAt(*block, row)));
                                   }
                                 });
}

/// Parameters: 1 and 2 the span, 3 the series.
std::string PlanReader::LookUpSql(UsageTable table) const {
  if (IsUntimed(table))
    return fmt::format(
        "SELECT {} FROM usage_untimed u WHERE u.level = '{}' AND u.bucket >= ?1 AND u.bucket < "
        "?2 AND u.series IN (SELECT value FROM json_each(?3)) ORDER BY 1",
        kColumns, LevelName(LevelOf(table)));
  return fmt::format(
      "SELECT {0} FROM (WITH RECURSIVE b(bucket) AS (SELECT min(bucket) FROM usage_{1} WHERE bucket >= ?1 "
      "UNION "
      "ALL SELECT (SELECT min(bucket) FROM usage_{1} WHERE bucket > b.bucket) FROM b WHERE b.bucket < ?2) "
      "SELECT bucket FROM b WHERE bucket < ?2) b CROSS JOIN usage_{1} u ON u.bucket = b.bucket AND u.series "
      "IN "
      "(SELECT value FROM json_each(?3)) ORDER BY 1",
      kColumns, LevelName(LevelOf(table)));
}

Status PlanReader::LookUp(const PlanStep& step, const Visitor& visit) {
  ASSIGN_OR_RETURN(auto query, snapshot_->lease.Prepare(LookUpSql(step.table)));
  query->Bind(1, step.from).Bind(2, step.to).Bind(3, ids_);
  for (;;) {
    ASSIGN_OR_RETURN(const auto row, query->Step());
    if (!row) return {};
    BlockRow values;
    for (std::size_t i = 0; i < kBlockColumns; ++i) values[i] = query->Int(2 + static_cast<int>(i));
    const auto series = static_cast<std::uint32_t>(query->Int(1));
    visit(query->Int(0), series, SumOf(query->Int(0), series, values));
  }
}

}  // namespace keymeter::query_api
