#include "processor/storage/history_writer.h"

#include "schema/crash_point.h"

namespace keymeter::processor {

Status HistoryWriter::WriteRows(const HistoryRows& rows, BatchContext& context) {
  if (!rows.history.empty()) {
    context.has_new_data = true;
    GapRecovery recovery{rows.history_gap_ms, {}};
    for (const CoarseReading& reading : rows.history) {
      // Our rows of it are gone, so nobody can tell any more what lies beyond them.
      if (!context.IsKept(reading.level, reading.bucket)) continue;
      RETURN_IF_ERROR(WriteOne(reading, context, recovery));
    }
    RETURN_IF_ERROR(gaps_.Add(recovery));
  }
  CrashPoint("flush.history");
  return {};
}

Status HistoryWriter::WriteOne(const CoarseReading& reading, const BatchContext& context,
                               GapRecovery& recovery) {
  ASSIGN_OR_RETURN(const auto ours, stored_.Read(reading, context.utc_offset_s, context.rolled_until));
  const HistoryVerdict verdict = CompareHistory(reading.values, ours);
  if (!verdict.lost.IsZero())
    return adjustments_.Add({context.flush_ms, FallReason::kRollback, reading.bucket, reading.series,
                             verdict.lost, reading.level});
  if (verdict.growth.IsZero()) return {};
  if (reading.kind == EntityKind::kApiKey) recovery.Add(reading.level, verdict.growth);
  return growth_.Add({reading.level, reading.bucket, reading.series, verdict.growth}, context);
}

}  // namespace keymeter::processor
