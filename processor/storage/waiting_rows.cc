#include "processor/storage/waiting_rows.h"

#include <fmt/format.h>

#include "processor/storage/metric_sql.h"
#include "processor/storage/prepare.h"
#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr Level kCoarser[] = {Level::kHour, Level::kDay, Level::kMonth};
constexpr std::int64_t kNoHour = -1;

}  // namespace

Status WaitingRows::Prepare(Database& database) {
  for (const Level level : kCoarser)
    RETURN_IF_ERROR(
        PrepareAll(database, {{&insert_[static_cast<std::size_t>(level)],
                               fmt::format("INSERT INTO usage_{} VALUES (?, ?, {}) ON CONFLICT DO NOTHING",
                                           LevelName(level), ForEachMetric("0"))}}));
  return {};
}

Status WaitingRows::AddFor(const GrowthRow& row, const BatchContext& context) {
  const std::size_t series{row.series};
  const std::int64_t hour = BucketOf(Level::kHour, row.bucket, context.utc_offset_s);
  if (series >= hours_.size()) hours_.resize(series + 1, kNoHour);
  if (hours_[series] == hour) return {};
  for (const Level level : kCoarser) {
    const std::int64_t bucket = BucketOf(level, row.bucket, context.utc_offset_s);
    RETURN_IF_ERROR(listed_.List(level, bucket, context.utc_offset_s));
    Statement& insert = insert_[static_cast<std::size_t>(level)];
    RETURN_IF_ERROR(insert.Bind(1, bucket).Bind(2, std::int64_t{row.series}).Run());
  }
  hours_[series] = hour;
  return {};
}

}  // namespace keymeter::processor
