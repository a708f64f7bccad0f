#include "processor/storage/listed_buckets.h"

#include <fmt/format.h>

#include "processor/storage/prepare.h"

namespace keymeter::processor {

Status ListedBuckets::Prepare(Database& database) {
  for (const Level level : {Level::kHour, Level::kDay, Level::kMonth})
    RETURN_IF_ERROR(
        PrepareAll(database, {{&insert_[static_cast<std::size_t>(level)],
                               fmt::format("INSERT INTO _{}_bucket (bucket, utc_offset_s) VALUES (?, ?)"
                                           " ON CONFLICT DO NOTHING",
                                           LevelName(level))}}));
  return {};
}

Status ListedBuckets::List(Level level, std::int64_t bucket, std::int64_t utc_offset_s) {
  const auto index = static_cast<std::size_t>(level);
  if (last_[index] == bucket) return {};
  RETURN_IF_ERROR(insert_[index].Bind(1, bucket).Bind(2, utc_offset_s).Run());
  last_[index] = bucket;
  return {};
}

}  // namespace keymeter::processor
