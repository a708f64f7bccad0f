#include "processor/storage/roll_up_writer.h"

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/crash_point.h"

namespace keymeter::processor {

Status RollUpWriter::Prepare(Database& database) {
  for (Coarser& coarser : levels_)
    RETURN_IF_ERROR(PrepareAll(
        database,
        {{&coarser.add, fmt::format("INSERT INTO usage_{0} (bucket, series, {1}) SELECT ?1, series, {1}"
                                    " FROM usage_minute WHERE bucket = ?2 ON CONFLICT DO UPDATE SET {2}",
                                    LevelName(coarser.level), kMetricColumns, MetricAdditions())}}));
  return PrepareAll(
      database, {{&next_minute_, "SELECT min(bucket) FROM usage_minute WHERE bucket >= ?1 AND bucket < ?2"}});
}

Status RollUpWriter::Add(std::int64_t from, std::int64_t until, std::int64_t utc_offset_s) {
  while (from < until) {
    RETURN_IF_ERROR(next_minute_.Bind(1, from).Bind(2, until).Step());
    const bool is_none = next_minute_.IsNull(0);
    const std::int64_t minute = next_minute_.Int(0);
    next_minute_.Reset();
    if (is_none) return {};
    RETURN_IF_ERROR(AddMinute(minute, utc_offset_s));
    from = minute + 1;
  }
  return {};
}

Status RollUpWriter::AddMinute(std::int64_t minute, std::int64_t utc_offset_s) {
  for (auto& [level, add] : levels_) {
    RETURN_IF_ERROR(add.Bind(1, BucketOf(level, minute, utc_offset_s)).Bind(2, minute).Run());
    CrashPoint("roll_up.level");
  }
  return {};
}

}  // namespace keymeter::processor
