#include "processor/storage/audit_writer.h"

#include <utility>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

/// "EXPRESSION, EXPRESSION, …", with {} as each metric's name.
std::string ForEachMetric(std::string_view expression) {
  std::string text;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (i > 0) text += ", ";
    text += fmt::format(fmt::runtime(expression), MetricName(static_cast<Metric>(i)));
  }
  return text;
}

Amounts AmountsAt(const Statement& row, int first) {
  Amounts amounts;
  for (std::size_t i = 0; i < kMetricCount; ++i) amounts.values[i] = row.Int(first + static_cast<int>(i));
  return amounts;
}

constexpr std::int64_t kNoSeries = 0;

}  // namespace

Status AuditWriter::Prepare(Database& database) {
  const std::string lost = ForEachMetric(
      "coalesce((SELECT sum(j.{0}) FROM adjustment j WHERE j.series = r.series AND j.bucket = "
      "r.bucket AND j.level = 'hour'), 0)");
  const std::pair<Statement*, std::string> statements[] = {
      {&forget_older_,
       "DELETE FROM drift_found WHERE (level = 'hour' AND bucket < ?1) OR (level = 'day' AND bucket < ?2)"},
      {&forget_hour_, "DELETE FROM drift_found WHERE level = 'hour' AND bucket = ?"},
      {&forget_day_, "DELETE FROM drift_found WHERE level = 'day' AND bucket = ? AND series = ?"},
      // The readings of an hour, our rows of it, and what was adjusted.
      {&hour_,
       fmt::format("SELECT r.series, {}, {}, {} FROM reading r LEFT JOIN usage_hour u ON u.bucket = r.bucket"
                   " AND u.series = r.series WHERE r.bucket = ?1",
                   ForEachMetric("r.{0}"), ForEachMetric("coalesce(u.{0}, 0)"), lost)},
      {&day_is_ours_,
       "SELECT (SELECT min(bucket) FROM coverage) <= ?1"
       " AND NOT EXISTS (SELECT 1 FROM gap WHERE from_ms < ?2 * 1000 AND to_ms > ?1 * 1000)"},
      {&day_sum_,
       fmt::format(
           "SELECT {}, {} FROM usage_day u JOIN series s ON s.id = u.series AND s.kind = ?2 WHERE "
           "u.bucket = ?1",
           ForEachMetric("coalesce(sum(u.{0}), 0)"),
           ForEachMetric("(SELECT coalesce(sum(j.{0}), 0) FROM adjustment j JOIN series t ON t.id = j.series "
                         "AND t.kind = ?2 WHERE j.bucket >= ?1 AND j.bucket < ?1 + 86400 AND j.level <> "
                         "'month')"))},
      {&put_drift_,
       "INSERT OR REPLACE INTO drift_found (level, bucket, series, metric, relay, ours, found_ms)"
       " VALUES (?, ?, ?, ?, ?, ?, ?)"},
      {&count_drift_, "SELECT count(*) FROM drift_found"},
      {&put_audit_,
       "INSERT INTO audit (begun_ms, took_ms, from_hour, to_hour, hours, days, drift)"
       " VALUES (?, ?, ?, ?, ?, ?, ?)"},
      {&put_audited_until_, "UPDATE source_state SET audited_until = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(auto prepared, database.Prepare(sql));
    *statement = std::move(prepared);
  }
  return {};
}

Result<AuditFindings> AuditWriter::Compare(const AuditStep& step, StoredHistory& history,
                                           std::int64_t utc_offset_s, std::int64_t rolled_until,
                                           std::int64_t now_ms) {
  AuditFindings findings;
  RETURN_IF_ERROR(ForgetOlder(step));
  for (const std::int64_t hour : step.hours) {
    if (hour + kHourSeconds > rolled_until) continue;
    RETURN_IF_ERROR(CompareHour(hour, findings));
  }
  for (const CoarseReading& reading : step.days)
    RETURN_IF_ERROR(CompareDay(reading, history, utc_offset_s, rolled_until, findings));
  for (const DaySumReading& reading : step.sums) {
    if (reading.day + kDaySeconds > rolled_until) continue;
    RETURN_IF_ERROR(CompareSum(reading, findings));
  }
  for (const DriftRow& row : findings.drift) RETURN_IF_ERROR(WriteDrift(row, now_ms));
  RETURN_IF_ERROR(count_drift_.Step());
  findings.all_drift = count_drift_.Int(0);
  count_drift_.Reset();
  return findings;
}

Status AuditWriter::ForgetOlder(const AuditStep& step) {
  return forget_older_.Bind(1, step.oldest_hour).Bind(2, step.oldest_day).Run();
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

Status AuditWriter::CompareDay(const CoarseReading& reading, StoredHistory& history,
                               std::int64_t utc_offset_s, std::int64_t rolled_until,
                               AuditFindings& findings) {
  RETURN_IF_ERROR(forget_day_.Bind(1, reading.bucket).Bind(2, std::int64_t{reading.series}).Run());
  ASSIGN_OR_RETURN(const auto ours, history.Read(reading, utc_offset_s, rolled_until));
  ++findings.days;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (IsDrift(reading.values.values[i], ours.rows.values[i], ours.adjusted.values[i]))
      findings.drift.push_back({Level::kDay, reading.bucket, reading.series, static_cast<Metric>(i),
                                reading.values.values[i], ours.rows.values[i]});
  return {};
}

Status AuditWriter::CompareSum(const DaySumReading& reading, AuditFindings& findings) {
  RETURN_IF_ERROR(forget_day_.Bind(1, reading.day).Bind(2, kNoSeries).Run());
  ASSIGN_OR_RETURN(const auto is_ours,
                   day_is_ours_.Bind(1, reading.day).Bind(2, reading.day + kDaySeconds).Step());
  // In a gap an entity may have gone whose usage nobody can read any more.
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

Status AuditWriter::WriteDrift(const DriftRow& row, std::int64_t now_ms) {
  put_drift_.Bind(1, LevelName(row.level)).Bind(2, row.bucket).Bind(3, std::int64_t{row.series});
  put_drift_.Bind(4, MetricName(row.metric)).Bind(5, row.relay).Bind(6, row.ours).Bind(7, now_ms);
  return put_drift_.Run();
}

Status AuditWriter::Finish(const AuditRow& row) {
  put_audit_.Bind(1, row.begun_ms).Bind(2, row.took_ms).Bind(3, row.from_hour).Bind(4, row.to_hour);
  RETURN_IF_ERROR(put_audit_.Bind(5, row.hours).Bind(6, row.days).Bind(7, row.drift).Run());
  return put_audited_until_.Bind(1, row.to_hour).Run();
}

}  // namespace keymeter::processor
