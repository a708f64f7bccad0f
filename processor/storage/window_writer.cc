#include "processor/storage/window_writer.h"

#include <utility>

#include <unistd.h>

#include "processor/storage/metric_sql.h"
#include "schema/crash_point.h"
#include "schema/migrations.h"
#include "schema/version.h"

namespace keymeter::processor {

namespace {

/// Of the WAL, until they are moved into the file. What was renewed by many flushes is moved once: 1000
/// pages, SQLite's default, move two and a half times as many. More would need a second block of the WAL's
/// index, in which readers look first for each page.
constexpr int kCheckpointPages = 4000;

std::string AddToLevelSql(Level level) {
  return fmt::format(
      "INSERT INTO usage_{} (bucket, series, {}) VALUES (?, ?, {}) ON CONFLICT DO UPDATE SET {}",
      LevelName(level), kMetricColumns, kMetricMarks, MetricAdditions());
}

}  // namespace

Result<WindowWriter> WindowWriter::Open(const std::string& path) {
  ASSIGN_OR_RETURN(auto database, Database::Open(path, Database::Mode::kReadWrite));
  RETURN_IF_ERROR(Migrate(database));
  if (auto set = database.Execute(fmt::format("PRAGMA wal_autocheckpoint = {}", kCheckpointPages)); !set)
    return Fail(set.error().In(path));
  WindowWriter writer(std::move(database));
  if (auto prepared = writer.Prepare(); !prepared) return Fail(prepared.error().In(path));
  return writer;
}

Status WindowWriter::Prepare() {
  const std::pair<Statement*, std::string> statements[] = {
      {&add_to_level_[0], AddToLevelSql(Level::kMinute)},
      {&add_to_level_[1], AddToLevelSql(Level::kHour)},
      {&add_to_level_[2], AddToLevelSql(Level::kDay)},
      {&add_to_level_[3], AddToLevelSql(Level::kMonth)},
      {&add_untimed_, fmt::format("INSERT INTO usage_untimed (level, bucket, series, {}) VALUES (?, ?, ?, "
                                  "{}) ON CONFLICT DO UPDATE SET {}",
                                  kMetricColumns, kMetricMarks, MetricAdditions())},
      {&add_series_, "INSERT INTO series (id, kind, entity, model) VALUES (?, ?, ?, ?)"},
      {&add_adjustment_, fmt::format("INSERT INTO adjustment (at_ms, reason, level, bucket, series, {}) "
                                     "VALUES (?, ?, ?, ?, ?, {})",
                                     kMetricColumns, kMetricMarks)},
      {&grow_gap_, "UPDATE gap SET to_ms = ?2 WHERE from_ms = ?1"},
      {&add_gap_,
       "INSERT INTO gap (from_ms, to_ms, reason) SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM gap WHERE "
       "from_ms = ?1)"},
      {&add_recovery_,
       "UPDATE gap SET minute_requests = minute_requests + ?2, minute_tokens = minute_tokens + ?3,"
       " hour_requests = hour_requests + ?4, hour_tokens = hour_tokens + ?5,"
       " day_requests = day_requests + ?6, day_tokens = day_tokens + ?7,"
       " month_requests = month_requests + ?8, month_tokens = month_tokens + ?9 WHERE from_ms = ?1"},
      {&add_coverage_,
       "INSERT INTO coverage (bucket, covered_ms, events, readings, max_delay_ms)"
       " VALUES (?1, max(0, min(?2, 60000)), ?3, ?4, ?5)"
       " ON CONFLICT DO UPDATE SET covered_ms = max(0, min(covered_ms + ?2, 60000)),"
       " events = events + excluded.events, readings = readings + excluded.readings,"
       " max_delay_ms = max(max_delay_ms, excluded.max_delay_ms)"},
      {&put_profile_use_,
       "INSERT INTO profile_use (from_hour, profile, since_ms) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
       "profile = excluded.profile, since_ms = excluded.since_ms"},
      {&put_rolled_until_, "UPDATE source_state SET rolled_until = ?"},
      {&put_state_,
       "UPDATE source_state SET profile = ?, utc_offset_s = coalesce(?, utc_offset_s),"
       " covered_until_ms = coalesce(nullif(?, 0), covered_until_ms), data_version = data_version + ?,"
       " data_set = coalesce(nullif(?, ''), data_set), history_due_from_ms = ?, version = ?, pid = ?,"
       " started_ms = ?, stopped_ms = ?, connected = ?, baseline_read = ?, redis_version = ?,"
       " last_event_ms = coalesce(nullif(?, 0), last_event_ms), last_flush_ms = ?, flush_interval_ms = ?,"
       " lag_ms = ?, problem = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(auto prepared, database_.Prepare(sql));
    *statement = std::move(prepared);
  }
  RETURN_IF_ERROR(readings_.Prepare(database_));
  RETURN_IF_ERROR(roll_up_.Prepare(database_));
  RETURN_IF_ERROR(entities_.Prepare(database_));
  RETURN_IF_ERROR(prices_.Prepare(database_));
  RETURN_IF_ERROR(history_.Prepare(database_));
  RETURN_IF_ERROR(audits_.Prepare(database_));
  RETURN_IF_ERROR(retention_.Prepare(database_));
  RETURN_IF_ERROR(changes_.Prepare(database_));
  const auto rolled_until = database_.QueryInt("SELECT rolled_until FROM source_state");
  const auto offset = database_.QueryInt("SELECT coalesce(utc_offset_s, 0) FROM source_state");
  if (!rolled_until) return Fail(rolled_until.error());
  if (!offset) return Fail(offset.error());
  rolled_until_ = *rolled_until;
  utc_offset_s_ = *offset;
  return {};
}

Status WindowWriter::Write(const WriteBatch& batch) {
  ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database_));
  CrashPoint("flush.begun");
  RETURN_IF_ERROR(WriteAll(batch));
  CrashPoint("flush.before_commit");
  Status committed = transaction.Commit();
  CrashPoint("flush.after_commit");
  return committed;
}

Status WindowWriter::WriteAll(const WriteBatch& batch) {
  if (batch.utc_offset_s) utc_offset_s_ = *batch.utc_offset_s;
  changes_.Begin();
  for (const auto& [id, series] : batch.new_series) {
    add_series_.Bind(1, std::int64_t{id})
        .Bind(2, EntityKindName(series.kind))
        .Bind(3, series.entity)
        .Bind(4, series.model);
    RETURN_IF_ERROR(add_series_.Run());
    RETURN_IF_ERROR(entities_.AddBare(series.kind, series.entity));
    RETURN_IF_ERROR(prices_.AddModel(series.model));
  }
  CrashPoint("flush.series");
  if (batch.prices) RETURN_IF_ERROR(prices_.Load(batch.prices->list, batch.prices->now_ms, utc_offset_s_));
  for (const GrowthRow& row : batch.growth) RETURN_IF_ERROR(WriteGrowth(Kept(row)));
  CrashPoint("flush.growth");
  RETURN_IF_ERROR(readings_.Put(batch.readings));
  CrashPoint("flush.readings");
  for (const AdjustmentRow& row : batch.adjustments) RETURN_IF_ERROR(WriteAdjustment(row));
  CrashPoint("flush.adjustments");
  for (const GapRow& row : batch.gaps) RETURN_IF_ERROR(WriteGap(row));
  for (const GapRecovery& recovery : batch.recoveries) RETURN_IF_ERROR(WriteRecovery(recovery));
  for (const CoverageRow& row : batch.coverage) {
    add_coverage_.Bind(1, row.minute).Bind(2, row.covered_ms).Bind(3, row.events).Bind(4, row.readings);
    RETURN_IF_ERROR(add_coverage_.Bind(5, row.max_delay_ms).Run());
  }
  CrashPoint("flush.coverage");
  for (const EntityRow& row : batch.entities) RETURN_IF_ERROR(entities_.Put(row));
  for (const ApiKeyBindings& row : batch.bindings) RETURN_IF_ERROR(entities_.PutBindings(row));
  for (const GroupMembers& row : batch.members) RETURN_IF_ERROR(entities_.PutMembers(row));
  if (batch.forget_readings_before > 0) RETURN_IF_ERROR(readings_.Forget(batch.forget_readings_before));
  for (const ProfileUse& use : batch.profile_uses)
    RETURN_IF_ERROR(put_profile_use_.Bind(1, use.from_hour).Bind(2, use.profile).Bind(3, use.since_ms).Run());
  RETURN_IF_ERROR(WriteHistory(batch));
  CrashPoint("flush.history");
  RETURN_IF_ERROR(WriteAudit(batch));
  // Changes are noted with the data_version that they lead to.
  RETURN_IF_ERROR(WriteState(batch));
  return changes_.Write();
}

Status WindowWriter::WriteAdjustment(const AdjustmentRow& row) {
  add_adjustment_.Bind(1, row.at_ms)
      .Bind(2, FallReasonName(row.reason))
      .Bind(3, LevelName(row.bucket == kNoPeriod ? Level::kTotal : row.level))
      .Bind(4, row.bucket)
      .Bind(5, std::int64_t{row.series});
  BindAmounts(add_adjustment_, 6, row.lost);
  return add_adjustment_.Run();
}

/// Behind the growth of the hours, because it is what lies beyond them; days before their months.
Status WindowWriter::WriteHistory(const WriteBatch& batch) {
  GapRecovery recovery{batch.history_gap_ms, {}};
  for (const CoarseReading& reading : batch.history) {
    // What we had of it is gone: what lies beyond that cannot be told any more.
    if (!IsKept(reading.level, reading.bucket)) continue;
    RETURN_IF_ERROR(WriteCoarse(reading, batch.heartbeat.flush_ms, recovery));
  }
  return batch.history.empty() ? Status() : WriteRecovery(recovery);
}

Status WindowWriter::WriteCoarse(const CoarseReading& reading, std::int64_t now_ms, GapRecovery& recovery) {
  ASSIGN_OR_RETURN(const auto ours, history_.Read(reading, utc_offset_s_, rolled_until_));
  const HistoryVerdict verdict = CompareHistory(reading.values, ours);
  if (!verdict.lost.IsZero())
    return WriteAdjustment(
        {now_ms, FallReason::kRollback, reading.bucket, reading.series, verdict.lost, reading.level});
  if (verdict.growth.IsZero()) return {};
  if (reading.kind == EntityKind::kApiKey) recovery.Add(reading.level, verdict.growth);
  return WriteGrowth({reading.level, reading.bucket, reading.series, verdict.growth});
}

/// What retention has removed cannot be compared.
AuditStep WindowWriter::KeptPart(AuditStep step) const {
  std::erase_if(step.hours, [&](std::int64_t hour) { return !IsKept(Level::kHour, hour); });
  std::erase_if(step.days, [&](const CoarseReading& day) { return !IsKept(day.level, day.bucket); });
  std::erase_if(step.sums, [&](const DaySumReading& sum) { return !IsKept(Level::kDay, sum.day); });
  return step;
}

Status WindowWriter::WriteAudit(const WriteBatch& batch) {
  findings_.reset();
  if (batch.audit) {
    RETURN_IF_ERROR(readings_.Settle());
    auto found = audits_.Compare(KeptPart(*batch.audit), history_, utc_offset_s_, rolled_until_,
                                 batch.heartbeat.flush_ms);
    if (!found) return Fail(found.error().In("audit"));
    findings_ = std::move(*found);
  }
  return batch.audited ? audits_.Finish(*batch.audited) : Status();
}

/// An absence that a restart cut in two is one gap.
Status WindowWriter::WriteGap(const GapRow& row) {
  RETURN_IF_ERROR(grow_gap_.Bind(1, row.from_ms).Bind(2, row.to_ms).Run());
  return add_gap_.Bind(1, row.from_ms).Bind(2, row.to_ms).Bind(3, row.reason).Run();
}

Status WindowWriter::WriteRecovery(const GapRecovery& recovery) {
  add_recovery_.Bind(1, recovery.gap_from_ms);
  int position = 1;
  for (const GapRecovery::Sum& sum : recovery.levels) {
    add_recovery_.Bind(++position, sum.requests);
    add_recovery_.Bind(++position, sum.tokens);
  }
  return add_recovery_.Run();
}

GrowthRow WindowWriter::Kept(const GrowthRow& row) const {
  const Level level = retention_.horizons().KeptLevel(row.level, row.bucket);
  if (level == row.level) return row;
  return {level, BucketOf(level, row.bucket, utc_offset_s_), row.series, row.growth};
}

Status WindowWriter::WriteGrowth(const GrowthRow& row) {
  if (row.level == Level::kMinute) {
    if (auto done = AddTo(Level::kMinute, row); !done || row.bucket >= rolled_until_) return done;
  } else {
    add_untimed_.Bind(1, LevelName(row.level)).Bind(2, row.bucket).Bind(3, std::int64_t{row.series});
    BindAmounts(add_untimed_, 4, row.growth);
    RETURN_IF_ERROR(add_untimed_.Run());
  }
  for (Level level : {Level::kHour, Level::kDay, Level::kMonth})
    if (level >= row.level) RETURN_IF_ERROR(AddTo(level, row));
  return {};
}

Status WindowWriter::AddTo(Level level, const GrowthRow& row) {
  Statement& add = add_to_level_[static_cast<std::size_t>(level)];
  const std::int64_t bucket = BucketOf(level, row.bucket, utc_offset_s_);
  if (NextBucket(level, bucket, utc_offset_s_) <= rolled_until_) changes_.Note(level, bucket);
  add.Bind(1, bucket).Bind(2, std::int64_t{row.series});
  BindAmounts(add, 3, row.growth);
  return add.Run();
}

Status WindowWriter::WriteState(const WriteBatch& batch) {
  const bool is_new_data = !batch.growth.empty() || !batch.entities.empty() || !batch.bindings.empty() ||
                           !batch.members.empty() || !batch.adjustments.empty() ||
                           !batch.new_series.empty() || !batch.history.empty() || batch.prices;
  Statement& put = put_state_;
  put.Bind(1, batch.profile).Bind(3, batch.covered_until_ms).Bind(4, is_new_data ? 1 : 0);
  batch.utc_offset_s ? put.Bind(2, *batch.utc_offset_s) : put.BindNull(2);
  put.Bind(5, batch.data_set).Bind(6, batch.history_due_from_ms);
  const Heartbeat& heartbeat = batch.heartbeat;
  put.Bind(7, kVersion).Bind(8, static_cast<std::int64_t>(::getpid())).Bind(9, heartbeat.started_ms);
  heartbeat.stopped_ms ? put.Bind(10, *heartbeat.stopped_ms) : put.BindNull(10);
  put.Bind(11, heartbeat.is_connected ? 1 : 0).Bind(12, heartbeat.is_baseline_read ? 1 : 0);
  put.Bind(13, heartbeat.redis_version).Bind(14, heartbeat.last_event_ms).Bind(15, heartbeat.flush_ms);
  put.Bind(16, heartbeat.flush_interval_ms).Bind(17, heartbeat.lag_ms).Bind(18, heartbeat.problem);
  return put.Run();
}

Status WindowWriter::RollUp(std::int64_t until) {
  if (until <= rolled_until_) return {};
  ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database_));
  CrashPoint("roll_up.begun");
  RETURN_IF_ERROR(roll_up_.Add(rolled_until_, until, utc_offset_s_));
  RETURN_IF_ERROR(readings_.Settle());
  CrashPoint("roll_up.readings");
  RETURN_IF_ERROR(put_rolled_until_.Bind(1, until).Run());
  CrashPoint("roll_up.before_commit");
  RETURN_IF_ERROR(transaction.Commit());
  CrashPoint("roll_up.after_commit");
  rolled_until_ = until;
  return {};
}

}  // namespace keymeter::processor
