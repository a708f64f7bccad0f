#include "processor/storage/offset_correction.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "processor/storage/metric_sql.h"
#include "processor/storage/taken_amounts.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

/// For so long after its end the relay may still write to a bucket.
constexpr std::int64_t kWrittenLateSeconds = 10 * kMinuteSeconds;

/// The tables whose `column` is a bucket that a key named, and which of its rows are. 0 is no bucket.
struct Named {
  std::string_view table;
  std::string_view column;
  std::string_view where;
};
constexpr Named kNamed[] = {
    {"usage_hour", "bucket", "true"},
    {"usage_day", "bucket", "true"},
    {"usage_month", "bucket", "true"},
    {"_hour_bucket", "bucket", "true"},
    {"_day_bucket", "bucket", "true"},
    {"_month_bucket", "bucket", "true"},
    {"usage_untimed", "bucket", "level <> 'total'"},
    {"taken", "bucket", "true"},
    {"recovered_found", "bucket", "true"},
    {"reading", "bucket", "bucket <> 0"},
    {"reading_recent", "bucket", "bucket <> 0"},
    {"adjustment", "bucket", "bucket <> 0"},
    {"profile_use", "from_hour", "from_hour <> 0"},
    {"price", "valid_from", "valid_from <> 0"},
    {"price", "valid_until", "valid_until <> 9223372036854775807"},
};

/// In two steps, by way of negative numbers: a row must not meet one that has not moved yet.
std::string MoveSql(const Named& named, std::int64_t by_s) {
  return fmt::format(
      "UPDATE {0} SET {1} = -({1} + ({2})) WHERE {3};"
      "UPDATE {0} SET {1} = -{1} WHERE {1} < 0;",
      named.table, named.column, by_s, named.where);
}

/// Each minute's growth is inside its hour, day and month already.
std::string UntimeMinutesSql() {
  return fmt::format(
      "INSERT INTO usage_untimed (level, bucket, series, {0})"
      " SELECT 'hour', bucket / 3600 * 3600, series, {1} FROM usage_minute WHERE true GROUP BY 2, 3"
      " ON CONFLICT DO UPDATE SET {2};"
      "DELETE FROM usage_minute;",
      kMetricColumns, ForEachMetric("sum({0})"), MetricAdditions());
}

std::string StateSql(std::int64_t by_s, std::int64_t to_s, OffsetOrigin origin) {
  const auto moved = [by_s](std::string_view column) {
    return fmt::format("{0} = iif({0} = 0, 0, {0} + ({1}))", column, by_s);
  };
  return fmt::format(
      "UPDATE source_state SET utc_offset_s = {0}, utc_offset_origin = '{1}', covered_until_ms = NULL,"
      " history_due_from_ms = 0, audited_until = 0, data_version = data_version + 1,"
      " changes_from = data_version + 1, {2}, {3}, {4}, {5}, {6},"
      // The greatest number is no moment: money was never counted.
      " money_from = iif(money_from IN (0, 9223372036854775807), money_from, money_from + ({7}));"
      "UPDATE _hour_bucket SET utc_offset_s = {0}; UPDATE _day_bucket SET utc_offset_s = {0};"
      "UPDATE _month_bucket SET utc_offset_s = {0};"
      "DELETE FROM bucket_change; DELETE FROM drift_found;",
      to_s, OffsetOriginName(origin), moved("minutes_from"), moved("hours_from"), moved("days_from"),
      moved("usage_by"), moved("money_by"), by_s);
}

/// The wrong offset may have closed a day or month that the relay still wrote to. What was taken of it beyond
/// its hours was metered as well, or is read again when it has closed.
Status GiveBackOpen(Database& database, std::int64_t to_s) {
  ASSIGN_OR_RETURN(const auto read_ms,
                   database.QueryInt("SELECT coalesce(last_flush_ms, 0) FROM source_state"));
  if (read_ms == 0) return {};
  TakenAmounts taken;
  RETURN_IF_ERROR(taken.Prepare(database));
  BucketChanges changes;
  const Horizons horizons;
  const BatchContext context{read_ms, to_s, 0, horizons, changes};
  for (const Level level : {Level::kHour, Level::kDay, Level::kMonth}) {
    const Level whole = std::max(level, Level::kDay);  // hours are taken by the day
    const std::int64_t open = BucketOf(whole, read_ms / 1000 - kWrittenLateSeconds, to_s);
    RETURN_IF_ERROR(taken.GiveBack(level, open, context));
    RETURN_IF_ERROR(database.Execute(fmt::format(
        "DELETE FROM recovered_found WHERE level = '{}' AND bucket >= {}", LevelName(level), open)));
  }
  return {};
}

}  // namespace

Result<bool> HasUndatedCounters(Database& database) {
  ASSIGN_OR_RETURN(const auto found,
                   database.QueryInt("SELECT EXISTS (SELECT 1 FROM reading WHERE bucket = 0)"
                                     " OR EXISTS (SELECT 1 FROM reading_recent WHERE bucket = 0)"));
  return found != 0;
}

Status CorrectOffset(WindowWriter& writer, std::int64_t from_s, std::int64_t to_s, OffsetOrigin origin) {
  Database& database = writer.database();
  ASSIGN_OR_RETURN(const auto end,
                   database.QueryInt("SELECT coalesce(max(bucket) + 60, 0) FROM usage_minute"));
  RETURN_IF_ERROR(writer.RollUp(end));
  ASSIGN_OR_RETURN(auto transaction, Transaction::Begin(database));
  const std::int64_t by_s = from_s - to_s;
  std::string sql = UntimeMinutesSql();
  for (const Named& named : kNamed) sql += MoveSql(named, by_s);
  sql += StateSql(by_s, to_s, origin);
  RETURN_IF_ERROR(database.Execute(sql));
  RETURN_IF_ERROR(GiveBackOpen(database, to_s));
  RETURN_IF_ERROR(transaction.Commit());
  return writer.Reload();
}

}  // namespace keymeter::processor
