#include "processor/storage/adjustment_writer.h"

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/crash_point.h"

namespace keymeter::processor {

Status AdjustmentWriter::Prepare(Database& database) {
  return PrepareAll(database, {{&add_, fmt::format("INSERT INTO adjustment (at_ms, reason, level, bucket, "
                                                   "series, {}) VALUES (?, ?, ?, ?, ?, {})",
                                                   kMetricColumns, kMetricMarks)}});
}

Status AdjustmentWriter::WriteRows(const AdjustmentRows& rows, BatchContext& context) {
  if (!rows.adjustments.empty()) context.has_new_data = true;
  for (const AdjustmentRow& row : rows.adjustments) RETURN_IF_ERROR(Add(row));
  CrashPoint("flush.adjustments");
  return {};
}

Status AdjustmentWriter::Add(const AdjustmentRow& row) {
  add_.Bind(1, row.at_ms).Bind(2, FallReasonName(row.reason));
  add_.Bind(3, LevelName(row.bucket == kNoPeriod ? Level::kTotal : row.level)).Bind(4, row.bucket);
  add_.Bind(5, std::int64_t{row.series});
  BindAmounts(add_, 6, row.lost);
  return add_.Run();
}

}  // namespace keymeter::processor
