#include "processor/storage/audit_writer.h"

#include <string_view>
#include <utility>

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kNoSeries = 0;

/// What adjustments say that a counter lost in its hour, and all counters of a kind in a day, and what still
/// stands of what was taken of the day, which the relay's own sum may lack; for each metric.
constexpr std::string_view kLostOfHour =
    "coalesce((SELECT sum(j.{0}) FROM adjustment j"
    " WHERE j.series = r.series AND j.bucket = r.bucket AND j.level = 'hour'), 0)";
constexpr std::string_view kLostOfDay =
    "(SELECT coalesce(sum(j.{0}), 0) FROM adjustment j JOIN series t ON t.id = j.series AND t.kind = ?2"
    " WHERE j.bucket >= ?1 AND j.bucket < ?1 + 86400 AND j.level <> 'month')"
    " + (SELECT coalesce(sum(f.{0}), 0) FROM taken f JOIN series t ON t.id = f.series AND t.kind = ?2"
    " WHERE f.level IN ('hour', 'day') AND f.bucket >= ?1 AND f.bucket < ?1 + 86400)";

}  // namespace

Status AuditWriter::Prepare(Database& database) {
  RETURN_IF_ERROR(stored_.Prepare(database));
  return PrepareAll(
      database,
      {{&forget_older_,
        "DELETE FROM drift_found WHERE (level = 'hour' AND bucket < ?1) OR (level = 'day' AND bucket < ?2)"
        " OR (level = 'month' AND bucket < ?3)"},
       {&forget_hour_, "DELETE FROM drift_found WHERE level = 'hour' AND bucket = ?"},
       {&forget_coarse_, "DELETE FROM drift_found WHERE level = ? AND bucket = ? AND series = ?"},
       {&keep_coarse_,
        "UPDATE drift_found SET found_ms = ?4 WHERE level = ?1 AND bucket = ?2 AND series = ?3"},
       {&forget_gone_, "DELETE FROM drift_found WHERE level IN ('day', 'month') AND found_ms < ?"},
       // The readings of an hour, our rows of it, and what was adjusted.
       {&hour_,
        fmt::format("SELECT r.series, {}, {}, {} FROM reading r LEFT JOIN usage_hour u"
                    " ON u.bucket = r.bucket AND u.series = r.series WHERE r.bucket = ?1",
                    ForEachMetric("r.{0}"), ForEachMetric("coalesce(u.{0}, 0)"), ForEachMetric(kLostOfHour))},
       {&day_is_ours_,
        "SELECT (SELECT min(bucket) FROM coverage) <= ?1"
        " AND NOT EXISTS (SELECT 1 FROM gap WHERE from_ms < ?2 * 1000 AND to_ms > ?1 * 1000)"},
       {&day_sum_, fmt::format("SELECT {}, {} FROM usage_day u JOIN series s ON s.id = u.series"
                               " AND s.kind = ?2 WHERE u.bucket = ?1",
                               ForEachMetric("coalesce(sum(u.{0}), 0)"), ForEachMetric(kLostOfDay))},
       {&put_drift_,
        "INSERT OR REPLACE INTO drift_found (level, bucket, series, metric, relay, ours, found_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"},
       {&count_drift_, "SELECT count(*) FROM drift_found"},
       {&put_audit_,
        "INSERT INTO audit (begun_ms, took_ms, from_hour, to_hour, hours, days, drift, recovered)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
       {&put_audited_until_, "UPDATE source_state SET audited_until = ?"}});
}

Status AuditWriter::Write(const WriteBatch& batch, BatchContext& context) {
  findings_.reset();
  if (batch.audit) {
    RETURN_IF_ERROR(readings_.Settle());
    auto found = Compare(*batch.audit, GrownBuckets(batch), context);
    if (!found) return Fail(found.error().In("audit"));
    findings_ = std::move(*found);
  }
  if (batch.audited) {
    RETURN_IF_ERROR(Finish(*batch.audited));
    findings_.emplace();
  }
  if (!findings_) return {};
  RETURN_IF_ERROR(count_drift_.Step());
  findings_->all_drift = count_drift_.Int(0);
  count_drift_.Reset();
  return {};
}

Result<AuditFindings> AuditWriter::Compare(const AuditStep& step, const GrownBuckets& grown,
                                           BatchContext& context) {
  AuditFindings findings;
  forget_older_.Bind(1, step.oldest_hour).Bind(2, step.oldest_day).Bind(3, step.oldest_month);
  RETURN_IF_ERROR(forget_older_.Run());
  // Rows that retention has removed cannot be compared, nor minutes that are not rolled up yet.
  for (const std::int64_t hour : step.hours)
    if (context.IsKept(Level::kHour, hour) && hour + kHourSeconds <= context.rolled_until)
      RETURN_IF_ERROR(CompareHour(hour, findings));
  for (const CoarseReading& reading : step.days)
    if (context.IsKept(reading.level, reading.bucket))
      RETURN_IF_ERROR(CompareCoarse(reading, grown, context, findings));
  for (const DaySumReading& reading : step.sums) {
    const std::int64_t end = reading.day + kDaySeconds;
    if (!context.IsKept(Level::kDay, reading.day) || end > context.rolled_until) continue;
    const bool may_be_older = grown.HasAny(reading.day, end);
    RETURN_IF_ERROR(may_be_older ? LeaveToNext(Level::kDay, reading.day, kNoSeries, context, findings)
                                 : CompareSum(reading, findings));
  }
  for (const DriftRow& row : findings.drift) RETURN_IF_ERROR(WriteDrift(row, context.flush_ms));
  return findings;
}

Status AuditWriter::CompareHour(std::int64_t hour, AuditFindings& findings) {
  constexpr int kCount = static_cast<int>(kMetricCount);
  RETURN_IF_ERROR(forget_hour_.Bind(1, hour).Run());
  hour_.Bind(1, hour);
  while (true) {
    ASSIGN_OR_RETURN(const auto row, hour_.Step());
    if (!row) break;
    ++findings.hours;
    const Amounts relay = AmountsAt(hour_, 1);
    const Amounts ours = AmountsAt(hour_, 1 + kCount) - AmountsAt(hour_, 1 + 2 * kCount);
    for (std::size_t i = 0; i < kMetricCount; ++i)
      if (ours.values[i] != relay.values[i])
        findings.drift.push_back({Level::kHour, hour, static_cast<SeriesId>(hour_.Int(0)),
                                  static_cast<Metric>(i), relay.values[i], ours.values[i]});
  }
  hour_.Reset();
  return {};
}

Status AuditWriter::CompareCoarse(const CoarseReading& reading, const GrownBuckets& grown,
                                  BatchContext& context, AuditFindings& findings) {
  ASSIGN_OR_RETURN(const auto ours, stored_.Read(reading, context.utc_offset_s, context.rolled_until));
  ASSIGN_OR_RETURN(const bool is_overtaken, stored_.IsOvertaken(reading, ours, grown, context.utc_offset_s));
  const std::int64_t series = reading.series;
  if (is_overtaken) return LeaveToNext(reading.level, reading.bucket, series, context, findings);
  RETURN_IF_ERROR(
      forget_coarse_.Bind(1, LevelName(reading.level)).Bind(2, reading.bucket).Bind(3, series).Run());
  ++findings.days;
  const HistoryVerdict verdict = CompareHistory(reading, ours, Watch::kMetered);
  RETURN_IF_ERROR(
      recoveries_.Take(reading, verdict, RecoveryWriter::Found::kAudit, context, findings.history));
  if (verdict.is_left_out) return {};
  if (!verdict.lost.IsZero() && ours.fall) {
    // A reset deletes the whole month; of hours that have expired by then no event tells. So it is settled
    // here.
    context.has_new_data = true;
    return adjustments_.Add(
        {context.flush_ms, *ours.fall, reading.bucket, reading.series, verdict.lost, reading.level});
  }
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (reading.Carries(i) && verdict.growth.values[i] == 0 &&
        IsDrift(reading.values.values[i], ours.rows.values[i], ours.adjusted.values[i]))
      findings.drift.push_back({reading.level, reading.bucket, reading.series, static_cast<Metric>(i),
                                reading.values.values[i], ours.rows.values[i]});
  return {};
}

Status AuditWriter::CompareSum(const DaySumReading& reading, AuditFindings& findings) {
  RETURN_IF_ERROR(
      forget_coarse_.Bind(1, LevelName(Level::kDay)).Bind(2, reading.day).Bind(3, kNoSeries).Run());
  ASSIGN_OR_RETURN(const auto is_ours,
                   day_is_ours_.Bind(1, reading.day).Bind(2, reading.day + kDaySeconds).Step());
  // An entity may have been deleted during a gap; nobody can read its usage any more.
  const bool is_comparable = is_ours && day_is_ours_.Int(0) != 0;
  day_is_ours_.Reset();
  if (!is_comparable) return {};
  RETURN_IF_ERROR(day_sum_.Bind(1, reading.day).Bind(2, EntityKindName(reading.kind)).Step());
  const Amounts ours = AmountsAt(day_sum_, 0);
  const Amounts adjusted = AmountsAt(day_sum_, static_cast<int>(kMetricCount));
  day_sum_.Reset();
  ++findings.days;
  for (const Metric metric : reading.metrics)
    if (IsDrift(reading.values[metric], ours[metric], adjusted[metric]))
      findings.drift.push_back(
          {Level::kDay, reading.day, SeriesRegistry::kNone, metric, reading.values[metric], ours[metric]});
  return {};
}

/// What was known of it stays known, also where this audit looks at everything (Finish).
Status AuditWriter::LeaveToNext(Level level, std::int64_t bucket, std::int64_t series,
                                const BatchContext& context, AuditFindings& findings) {
  ++findings.history.overtaken;
  return keep_coarse_.Bind(1, LevelName(level))
      .Bind(2, bucket)
      .Bind(3, series)
      .Bind(4, context.flush_ms)
      .Run();
}

Status AuditWriter::WriteDrift(const DriftRow& row, std::int64_t now_ms) {
  put_drift_.Bind(1, LevelName(row.level)).Bind(2, row.bucket).Bind(3, std::int64_t{row.series});
  put_drift_.Bind(4, MetricName(row.metric)).Bind(5, row.relay).Bind(6, row.ours).Bind(7, now_ms);
  return put_drift_.Run();
}

Status AuditWriter::Finish(const AuditRow& row) {
  put_audit_.Bind(1, row.begun_ms).Bind(2, row.took_ms).Bind(3, row.from_hour).Bind(4, row.to_hour);
  RETURN_IF_ERROR(
      put_audit_.Bind(5, row.hours).Bind(6, row.days).Bind(7, row.drift).Bind(8, row.recovered).Run());
  // Whatever the relay still keeps was compared again: the counters of what is older are gone.
  if (row.is_whole) RETURN_IF_ERROR(forget_gone_.Bind(1, row.begun_ms).Run());
  return put_audited_until_.Bind(1, row.to_hour).Run();
}

}  // namespace keymeter::processor
