#include "processor/storage/listed_buckets.h"

#include <fmt/format.h>

#include "processor/storage/prepare.h"

namespace keymeter::processor {

Status ListedBuckets::Prepare(Database& database) {
  for (const Level level : {Level::kHour, Level::kDay, Level::kMonth})
    RETURN_IF_ERROR(PrepareAll(
        database,
        {{&insert_[static_cast<std::size_t>(level)],
          fmt::format("INSERT INTO _{}_bucket (bucket, utc_offset_s) SELECT ?, coalesce(utc_offset_s, 0)"
                      " FROM source_state WHERE true ON CONFLICT DO NOTHING",
                      LevelName(level))}}));
  return {};
}

Status ListedBuckets::List(Level level, std::int64_t bucket) {
  const auto index = static_cast<std::size_t>(level);
  if (last_[index] == bucket) return {};
  RETURN_IF_ERROR(insert_[index].Bind(1, bucket).Run());
  last_[index] = bucket;
  return {};
}

}  // namespace keymeter::processor
