#include "processor/storage/bucket_change_writer.h"

#include <algorithm>

namespace keymeter::processor {

Status BucketChangeWriter::Prepare(Database& database) {
  const std::pair<Statement*, std::string> statements[] = {
      {&put_,
       "INSERT INTO bucket_change (level, bucket, data_version) SELECT ?1, ?2, data_version FROM source_state"
       " WHERE true ON CONFLICT DO UPDATE SET data_version = excluded.data_version"},
      {&find_surplus_,
       fmt::format("SELECT data_version FROM bucket_change ORDER BY data_version DESC LIMIT 1 OFFSET {}",
                   kListed)},
      {&drop_, "DELETE FROM bucket_change WHERE data_version <= ?"},
      {&put_dropped_, "UPDATE source_state SET changes_from = ?"},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(auto prepared, database.Prepare(sql));
    *statement = std::move(prepared);
  }
  return {};
}

void BucketChangeWriter::Note(Level level, std::int64_t bucket) {
  // Growth comes by bucket: mostly it is the same one again.
  const std::pair change{level, bucket};
  const auto recent = changed_.size() > 4 ? changed_.end() - 4 : changed_.begin();
  if (std::find(recent, changed_.end(), change) == changed_.end()) changed_.push_back(change);
}

Status BucketChangeWriter::Write() {
  if (changed_.empty()) return {};
  std::sort(changed_.begin(), changed_.end());
  changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
  for (const auto& [level, bucket] : changed_)
    RETURN_IF_ERROR(put_.Bind(1, LevelName(level)).Bind(2, bucket).Run());
  ASSIGN_OR_RETURN(const auto has_surplus, find_surplus_.Step());
  const std::int64_t newest_dropped = has_surplus ? find_surplus_.Int(0) : 0;
  find_surplus_.Reset();
  if (!has_surplus) return {};
  RETURN_IF_ERROR(drop_.Bind(1, newest_dropped).Run());
  return put_dropped_.Bind(1, newest_dropped).Run();
}

}  // namespace keymeter::processor
