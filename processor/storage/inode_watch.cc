#include "processor/storage/inode_watch.h"

#include <cstdio>

#include <sys/stat.h>
#include <unistd.h>

#include "processor/storage/file_copy.h"
#include "processor/storage/wal_files.h"

namespace keymeter::processor {

InodeWatch::InodeWatch(const std::string& db_path) : path_(ResolvedPath(db_path)) {
  for (std::size_t i = 0; i < opened_.size(); ++i)
    opened_[i] = IdentityOf(path_ + std::string(kDatabaseSuffixes[i]));
}

InodeWatch::Identity InodeWatch::IdentityOf(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? Identity{found.st_dev, found.st_ino} : Identity{};
}

Status InodeWatch::CheckInPlace() const {
  const Identity found = IdentityOf(path_);
  if (found == opened_.front()) return {};
  return Fail(MakeError(ErrorCode::kRefused,
                        "{} was {} while keymeter wrote it; the next start goes on with what is there", path_,
                        found == Identity{} ? "deleted or moved away" : "replaced by another file")
                  .Because(ErrorReason::kFileReplaced));
}

Result<std::string> InodeWatch::Rescue(Database& database, std::int64_t now_ms) const {
  std::string target = AsidePath(path_, "rescued", now_ms);
  // First: whatever becomes of the copy, SQLite would apply them to the file that stands there now. Open as
  // they are, they serve without a name.
  for (std::size_t i = 1; i < opened_.size(); ++i) {
    const std::string side_file = path_ + std::string(kDatabaseSuffixes[i]);
    const std::string aside = target + ".lost" + std::string(kDatabaseSuffixes[i]);
    if (IdentityOf(side_file) == opened_[i]) std::rename(side_file.c_str(), aside.c_str());
  }
  RETURN_IF_ERROR(CopyDatabase(database, target, {}));
  RemoveDatabase(target + ".lost");
  return target;
}

}  // namespace keymeter::processor
