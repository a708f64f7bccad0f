#include "processor/commands/status_report.h"

#include <algorithm>

#include <sys/stat.h>

#include "schema/civil_time.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

namespace {

using State = StatusReport::State;

constexpr std::int64_t kDayMs = kDaySeconds * 1000;

std::optional<std::int64_t> OptionalInt(const Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.Int(column);
}

/// Calls `take` for each row.
template <typename Take>
Status ForEachRow(Database& database, std::string_view sql, std::initializer_list<std::int64_t> values,
                  Take take) {
  ASSIGN_OR_RETURN(auto query, database.Prepare(sql));
  int position = 0;
  for (const std::int64_t value : values) query.Bind(++position, value);
  while (true) {
    ASSIGN_OR_RETURN(const auto has_row, query.Step());
    if (!has_row) return {};
    take(query);
  }
}

Status ReadProcessor(Database& database, StatusReport& report) {
  constexpr std::string_view kSql =
      "SELECT connected, baseline_read, stopped_ms, last_flush_ms, flush_interval_ms, lag_ms, problem, "
      "drift, pid, "
      "started_ms, last_event_ms, version, redis_version, profile, utc_offset_s FROM processor_status";
  return ForEachRow(database, kSql, {}, [&report](const Statement& row) {
    ProcessorHealth& health = report.health;
    health.has_processor = !row.IsNull(0);
    health.connected = row.Int(0) != 0;
    health.baseline_read = row.Int(1) != 0;
    health.stopped_ms = OptionalInt(row, 2);
    health.last_flush_ms = row.Int(3);
    health.flush_interval_ms = row.Int(4);
    health.lag_ms = row.Int(5);
    health.problem = std::string(row.Text(6));
    health.drift = row.Int(7);
    report.pid = row.Int(8);
    report.started_ms = row.Int(9);
    report.last_event_ms = OptionalInt(row, 10);
    report.version = std::string(row.Text(11));
    report.redis_version = std::string(row.Text(12));
    report.profile = std::string(row.Text(13));
    report.utc_offset_s = OptionalInt(row, 14);
  });
}

/// Does not use the view api_keys, which sums up the months of each key.
Status ReadRates(Database& database, StatusReport& report) {
  constexpr std::string_view kSql =
      "WITH rates AS MATERIALIZED (SELECT entity, rpm, tpm FROM live_rates WHERE kind = 'api_key' AND rpm > "
      "0) "
      "SELECT r.entity, coalesce(k.name, ''), r.rpm, r.tpm, (SELECT sum(rpm) FROM rates), "
      "(SELECT sum(tpm) FROM rates) FROM rates r LEFT JOIN api_key k ON k.id = r.entity "
      "ORDER BY r.rpm DESC, r.tpm DESC, r.entity LIMIT 5";
  return ForEachRow(database, kSql, {}, [&report](const Statement& row) {
    report.busiest.push_back({std::string(row.Text(0)), std::string(row.Text(1)), row.Real(2), row.Real(3)});
    report.rpm = row.Real(4);
    report.tpm = row.Real(5);
  });
}

/// Leaves out the current minute and the file's first one, which cannot be covered completely.
Status ReadCoverage(Database& database, StatusReport& report) {
  constexpr std::string_view kFirst = "SELECT min(bucket) FROM coverage_minute";
  constexpr std::string_view kSum =
      "SELECT coalesce(sum(covered_ms), 0), coalesce(max(max_delay_ms), 0) FROM coverage_minute "
      "WHERE bucket >= ?1 AND bucket < ?2";
  const std::int64_t until = BucketOf(Level::kMinute, report.now_ms / 1000, 0);
  std::int64_t from = until;
  Status first = ForEachRow(database, kFirst, {}, [&from, until](const Statement& row) {
    if (!row.IsNull(0)) from = std::max(until - kDaySeconds, row.Int(0) + kMinuteSeconds);
  });
  if (!first || from >= until) return first;
  return ForEachRow(database, kSum, {from, until}, [&report, from, until](const Statement& row) {
    report.coverage = static_cast<double>(row.Int(0)) / static_cast<double>((until - from) * 1000);
    report.longest_delay_ms = row.Int(1);
  });
}

Status ReadGaps(Database& database, StatusReport& report) {
  constexpr std::string_view kSql =
      "SELECT from_ms, to_ms, reason FROM gaps WHERE to_ms > ?1 ORDER BY from_ms";
  const std::int64_t day_ago_ms = report.now_ms - kDayMs;
  return ForEachRow(database, kSql, {day_ago_ms}, [&report, day_ago_ms](const Statement& row) {
    StatusReport::Gaps& gaps = report.gaps;
    ++gaps.count;
    gaps.newest_from_ms = row.Int(0);
    gaps.newest_to_ms = row.Int(1);
    gaps.newest_reason = std::string(row.Text(2));
    gaps.total_ms += gaps.newest_to_ms - std::max(gaps.newest_from_ms, day_ago_ms);
  });
}

Status ReadAdjustments(Database& database, StatusReport& report) {
  constexpr std::string_view kSql = "SELECT at_ms, reason FROM adjustments WHERE at_ms > ?1 ORDER BY at_ms";
  return ForEachRow(database, kSql, {report.now_ms - kDayMs}, [&report](const Statement& row) {
    ++report.adjustments.count;
    report.adjustments.newest_ms = row.Int(0);
    report.adjustments.newest_reason = std::string(row.Text(1));
  });
}

State StateOf(const ProcessorHealth& health, std::int64_t now_ms) {
  if (!health.has_processor) return State::kNever;
  if (health.stopped_ms) return State::kStopped;
  return IsSilent(health, now_ms) ? State::kSilent : State::kRunning;
}

std::int64_t SizeOf(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 ? file.st_size : 0;
}

}  // namespace

Result<StatusReport> ReadStatus(const std::string& db_path, std::int64_t now_ms) {
  ASSIGN_OR_RETURN(auto database, Database::Open(db_path, Database::Mode::kReadOnly));
  RETURN_IF_ERROR(CheckReadable(database));
  RETURN_IF_ERROR(database.Execute("BEGIN"));
  StatusReport report;
  report.now_ms = now_ms;
  report.file = db_path;
  report.file_bytes = SizeOf(db_path);
  report.wal_bytes = SizeOf(db_path + "-wal");
  for (const auto read : {ReadProcessor, ReadRates, ReadCoverage, ReadGaps, ReadAdjustments})
    RETURN_IF_ERROR(read(database, report));
  report.state = StateOf(report.health, now_ms);
  report.problems = HealthReasonTexts(UnhealthyReasons(report.health, now_ms));
  return report;
}

std::string_view StateName(State state) {
  switch (state) {
    case State::kNever:
      return "never ran";
    case State::kRunning:
      return "running";
    case State::kSilent:
      return "silent";
    case State::kStopped:
      return "stopped";
  }
  return "";
}

}  // namespace keymeter::processor
