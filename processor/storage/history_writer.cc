#include "processor/storage/history_writer.h"

#include "schema/civil_time.h"
#include "schema/crash_point.h"

namespace keymeter::processor {

Status HistoryWriter::Write(const WriteBatch& batch, BatchContext& context) {
  findings_.reset();
  if (!batch.history.empty()) {
    context.has_new_data = true;
    GapRecovery recovery{batch.history_gap_ms, {}};
    HistoryFindings findings;
    const GrownBuckets grown(batch);
    for (const CoarseReading& reading : batch.history) {
      // Our rows of it are gone, so nobody can tell any more what lies beyond them.
      if (!context.IsKept(reading.level, reading.bucket)) continue;
      RETURN_IF_ERROR(WriteOne(reading, grown, context, recovery, findings));
    }
    RETURN_IF_ERROR(gaps_.Add(recovery));
    if (findings.overtaken > 0) context.history_still_due_ms = batch.history_gap_ms;
    findings_ = findings;
  }
  CrashPoint("flush.history");
  return {};
}

Status HistoryWriter::WriteOne(const CoarseReading& reading, const GrownBuckets& grown, BatchContext& context,
                               GapRecovery& recovery, HistoryFindings& findings) {
  const std::int64_t end = NextBucket(reading.level, reading.bucket, context.utc_offset_s);
  const bool is_of_gap = end * 1000 > recovery.gap_from_ms;
  ASSIGN_OR_RETURN(const auto ours, stored_.Read(reading, context.utc_offset_s, context.rolled_until));
  // Of a bucket that was metered only what is beyond our rows is taken: that is safe, however old it is.
  if (is_of_gap) {
    ASSIGN_OR_RETURN(const bool is_overtaken,
                     stored_.IsOvertaken(reading, ours, grown, context.utc_offset_s));
    if (is_overtaken) ++findings.overtaken;
    if (is_overtaken) return {};
  }
  const HistoryVerdict verdict = CompareHistory(reading, ours, is_of_gap ? Watch::kAbsent : Watch::kMetered);
  if (is_of_gap && !verdict.lost.IsZero())
    RETURN_IF_ERROR(adjustments_.Add({context.flush_ms, FallReason::kRollback, reading.bucket, reading.series,
                                      verdict.lost, reading.level}));
  const bool is_first_start = recovery.gap_from_ms == 0;
  RETURN_IF_ERROR(recoveries_.Take(
      reading, verdict, is_first_start ? RecoveryWriter::Found::kFirst : RecoveryWriter::Found::kReturn,
      context, findings));
  if (is_of_gap && reading.kind == EntityKind::kApiKey) recovery.Add(reading.level, verdict.growth);
  return {};
}

}  // namespace keymeter::processor
