#include "processor/storage/growth_writer.h"

#include <algorithm>

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/crash_point.h"

namespace keymeter::processor {

namespace {

std::string AddToLevelSql(Level level) {
  return fmt::format(
      "INSERT INTO usage_{} (bucket, series, {}) VALUES (?, ?, {}) ON CONFLICT DO UPDATE SET {}",
      LevelName(level), kMetricColumns, kMetricMarks, MetricAdditions());
}

/// The row itself, or its growth in the finest level that still has a bucket for it.
GrowthRow KeptRow(const GrowthRow& row, const BatchContext& context) {
  const Level level = context.horizons.KeptLevel(row.level, row.bucket);
  if (level == row.level) return row;
  return {level, BucketOf(level, row.bucket, context.utc_offset_s), row.series, row.growth};
}

}  // namespace

Status GrowthWriter::Prepare(Database& database) {
  RETURN_IF_ERROR(taken_.Prepare(database));
  RETURN_IF_ERROR(listed_.Prepare(database));
  RETURN_IF_ERROR(waiting_.Prepare(database));
  return PrepareAll(database,
                    {{&add_to_level_[0], AddToLevelSql(Level::kMinute)},
                     {&add_to_level_[1], AddToLevelSql(Level::kHour)},
                     {&add_to_level_[2], AddToLevelSql(Level::kDay)},
                     {&add_to_level_[3], AddToLevelSql(Level::kMonth)},
                     {&add_untimed_, fmt::format("INSERT INTO usage_untimed (level, bucket, series, {}) "
                                                 "VALUES (?, ?, ?, {}) ON CONFLICT DO UPDATE SET {}",
                                                 kMetricColumns, kMetricMarks, MetricAdditions())}});
}

Status GrowthWriter::WriteRows(const GrowthRows& rows, BatchContext& context) {
  taken_.Begin();
  if (!rows.growth.empty()) context.has_new_data = true;
  // What is taken, is taken of counters with a period, and metered growth of those came from an hour's
  // counter, also where its hour was merged into its day since (MinuteWindows::Restore).
  for (const GrowthRow& row : rows.growth)
    RETURN_IF_ERROR(Add(KeptRow(row, context), std::min(row.level, Level::kHour), context));
  CrashPoint("flush.growth");
  return {};
}

Status GrowthWriter::Add(const GrowthRow& row, Level evidence, const BatchContext& context) {
  if (row.level == Level::kMinute) {
    RETURN_IF_ERROR(AddTo(Level::kMinute, row, context));
    if (row.bucket >= context.rolled_until) return waiting_.AddFor(row, context);
  }
  TakenAmounts::Replacement replaced{row.growth, row.growth};
  for (const Level level : {Level::kHour, Level::kDay, Level::kMonth}) {
    if (level < row.level) continue;
    RETURN_IF_ERROR(taken_.Replace(level, level > evidence, row, context, replaced));
    const GrowthRow rest{row.level, row.bucket, row.series, replaced.rest};
    if (rest.growth.IsZero()) continue;
    if (level == row.level) RETURN_IF_ERROR(AddUntimed(rest));
    RETURN_IF_ERROR(AddTo(level, rest, context));
  }
  // Of all time, for counters without a period: there is no bucket above.
  return row.level > Level::kMonth ? AddUntimed(row) : Status();
}

Status GrowthWriter::AddTaken(const GrowthRow& row, const BatchContext& context) {
  RETURN_IF_ERROR(Add(row, row.level, context));
  return taken_.Add(row);
}

void GrowthWriter::ForgetWritten() {
  listed_.Forget();
  waiting_.Forget();
}

Status GrowthWriter::AddUntimed(const GrowthRow& row) {
  add_untimed_.Bind(1, LevelName(row.level)).Bind(2, row.bucket).Bind(3, std::int64_t{row.series});
  BindAmounts(add_untimed_, 4, row.growth);
  return add_untimed_.Run();
}

Status GrowthWriter::AddTo(Level level, const GrowthRow& row, const BatchContext& context) {
  Statement& add = add_to_level_[static_cast<std::size_t>(level)];
  const std::int64_t bucket = BucketOf(level, row.bucket, context.utc_offset_s);
  if (NextBucket(level, bucket, context.utc_offset_s) <= context.rolled_until)
    context.changes.Note(level, bucket);
  if (level > Level::kMinute) RETURN_IF_ERROR(listed_.List(level, bucket, context.utc_offset_s));
  add.Bind(1, bucket).Bind(2, std::int64_t{row.series});
  BindAmounts(add, 3, row.growth);
  return add.Run();
}

}  // namespace keymeter::processor
