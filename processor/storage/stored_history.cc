#include "processor/storage/stored_history.h"

#include <algorithm>

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

bool AnyNegative(const Amounts& amounts) {
  return std::any_of(amounts.values.begin(), amounts.values.end(), [](std::int64_t v) { return v < 0; });
}

}  // namespace

Status StoredHistory::Prepare(Database& database) {
  return PrepareAll(
      database,
      {{&day_, fmt::format("SELECT {} FROM usage_day WHERE bucket = ? AND series = ?", kMetricColumns)},
       {&month_, fmt::format("SELECT {} FROM usage_month WHERE bucket = ? AND series = ?", kMetricColumns)},
       {&minutes_, fmt::format("SELECT {} FROM usage_minute WHERE bucket >= ? AND bucket < ? AND series = ?",
                               ForEachMetric("sum({0})"))},
       {&adjustments_, fmt::format("SELECT {} FROM adjustment WHERE bucket >= ? AND bucket < ? AND series = ?"
                                   " AND (level <> 'month' OR ?)",
                                   ForEachMetric("sum({0})"))}});
}

Status StoredHistory::Add(Statement& query, Amounts& sum) {
  ASSIGN_OR_RETURN(const auto row, query.Step());
  if (row) sum += AmountsAt(query, 0);
  query.Reset();
  return {};
}

Result<StoredHistory::Ours> StoredHistory::Read(const CoarseReading& reading, std::int64_t utc_offset_s,
                                                std::int64_t rolled_until) {
  const std::int64_t end = NextBucket(reading.level, reading.bucket, utc_offset_s);
  const std::int64_t series = reading.series;
  Ours ours;
  Statement& row = reading.level == Level::kDay ? day_ : month_;
  RETURN_IF_ERROR(Add(row.Bind(1, reading.bucket).Bind(2, series), ours.rows));
  if (rolled_until < end) {
    minutes_.Bind(1, std::max(rolled_until, reading.bucket)).Bind(2, end).Bind(3, series);
    RETURN_IF_ERROR(Add(minutes_, ours.rows));
  }
  adjustments_.Bind(1, reading.bucket)
      .Bind(2, end)
      .Bind(3, series)
      .Bind(4, reading.level == Level::kMonth ? 1 : 0);
  RETURN_IF_ERROR(Add(adjustments_, ours.adjusted));
  return ours;
}

HistoryVerdict CompareHistory(const Amounts& relay, const StoredHistory::Ours& ours) {
  const Amounts beyond = relay - ours.rows;
  if (!AnyNegative(beyond)) return {beyond, {}};
  const Amounts beyond_adjusted = relay - (ours.rows - ours.adjusted);
  if (!AnyNegative(beyond_adjusted)) return {beyond_adjusted, {}};
  return {{}, Amounts{} - beyond_adjusted};
}

bool IsDrift(std::int64_t relay, std::int64_t ours, std::int64_t adjusted) {
  const std::int64_t difference = ours - relay;
  return difference < std::min<std::int64_t>(0, adjusted) || difference > std::max<std::int64_t>(0, adjusted);
}

}  // namespace keymeter::processor
