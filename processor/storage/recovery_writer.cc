#include "processor/storage/recovery_writer.h"

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"

namespace keymeter::processor {

Status RecoveryWriter::Prepare(Database& database) {
  return PrepareAll(database, {{&list_, fmt::format("INSERT INTO recovered_found (at_ms, found_by, level, "
                                                    "bucket, series, {}) VALUES (?, ?, ?, ?, ?, {})",
                                                    kMetricColumns, kMetricMarks)}});
}

Status RecoveryWriter::Take(const CoarseReading& reading, const HistoryVerdict& verdict, Found found,
                            BatchContext& context, HistoryFindings& findings) {
  if (verdict.is_left_out) ++findings.left_out;
  if (verdict.growth.IsZero()) return {};
  context.has_new_data = true;
  RETURN_IF_ERROR(growth_.AddTaken({reading.level, reading.bucket, reading.series, verdict.growth}, context));
  if (found == Found::kFirst || verdict.is_missing_fields_only) return {};
  ++findings.recovered;
  if (reading.kind == EntityKind::kApiKey) findings.recovered_requests += verdict.growth[Metric::kRequests];
  list_.Bind(1, context.flush_ms).Bind(2, found == Found::kAudit ? "audit" : "return");
  list_.Bind(3, LevelName(reading.level)).Bind(4, reading.bucket).Bind(5, std::int64_t{reading.series});
  BindAmounts(list_, 6, verdict.growth);
  return list_.Run();
}

}  // namespace keymeter::processor
