#include "processor/storage/bucket_change_writer.h"

#include "processor/storage/prepare.h"

namespace keymeter::processor {

Status BucketChangeWriter::Prepare(Database& database) {
  return PrepareAll(
      database,
      {{&put_,
        "INSERT INTO bucket_change (level, bucket, data_version)"
        " SELECT ?1, ?2, data_version FROM source_state WHERE true"
        " ON CONFLICT DO UPDATE SET data_version = excluded.data_version"},
       {&find_surplus_,
        fmt::format("SELECT data_version FROM bucket_change ORDER BY data_version DESC LIMIT 1 OFFSET {}",
                    kListed)},
       {&drop_, "DELETE FROM bucket_change WHERE data_version <= ?"},
       {&put_dropped_, "UPDATE source_state SET changes_from = ?"}});
}

Status BucketChangeWriter::Write(const WriteBatch& /*batch*/, BatchContext& context) {
  const auto& changes = context.changes.Sorted();
  if (changes.empty()) return {};
  for (const auto& [level, bucket] : changes)
    RETURN_IF_ERROR(put_.Bind(1, LevelName(level)).Bind(2, bucket).Run());
  ASSIGN_OR_RETURN(const auto has_surplus, find_surplus_.Step());
  const std::int64_t newest_dropped = has_surplus ? find_surplus_.Int(0) : 0;
  find_surplus_.Reset();
  if (!has_surplus) return {};
  RETURN_IF_ERROR(drop_.Bind(1, newest_dropped).Run());
  return put_dropped_.Bind(1, newest_dropped).Run();
}

}  // namespace keymeter::processor
