#include "processor/storage/file_maintenance.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "processor/storage/wal_files.h"
#include "schema/log.h"

namespace keymeter::processor {

namespace {

/// Whole milliseconds since it was made.
class Stopwatch {
 public:
  [[nodiscard]] std::int64_t Ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

std::int64_t WalBytes(const std::string& db_path) {
  std::error_code none_yet;
  const auto size = std::filesystem::file_size(ResolvedPath(db_path) + "-wal", none_yet);
  return none_yet ? 0 : static_cast<std::int64_t>(size);
}

Result<bool> FileMaintenance::MakeRoom(Database& database) const {
  if (WalBytes(database.path()) <= limits_.max_wal_bytes) return true;
  return database.TryCheckpoint();
}

Status FileMaintenance::Trim(WindowWriter& writer, std::int64_t reached) {
  RetentionWriter& retention = writer.retention();
  Database& database = writer.database();
  const Horizons horizons =
      HorizonsAt(reached, limits_.keep, retention.horizons(), writer.rolled_until(), writer.utc_offset_s());
  if (horizons != retention.horizons()) RETURN_IF_ERROR(retention.Advance(database, horizons));
  const Stopwatch watch;
  while (watch.Ms() < kBudgetMs) {
    ASSIGN_OR_RETURN(const auto is_more, retention.RemoveSome(database));
    if (!is_more) return GiveBack(database);
  }
  return {};
}

Status FileMaintenance::GiveBack(Database& database) {
  const auto free = database.QueryInt("PRAGMA freelist_count");
  const auto pages = database.QueryInt("PRAGMA page_count");
  if (!free || !pages) return Fail(free ? pages.error() : free.error());
  const std::int64_t beyond = *free - std::max(kLeastFreePages, *pages / 20);
  if (beyond <= 0) return {};
  constexpr std::int64_t kIncremental = 2;
  ASSIGN_OR_RETURN(const auto mode, database.QueryInt("PRAGMA auto_vacuum"));
  if (mode == kIncremental)
    return database.Execute(fmt::format("PRAGMA incremental_vacuum({})", std::min(beyond, kPagesAtOnce)));
  if (!std::exchange(has_logged_no_give_back_, true))
    log::Info("free space stays in the file and is reused",
              {{"db", database.path()},
               {"reason", "an older version made the file, without auto_vacuum"},
               {"free_pages", *free}});
  return {};
}

Result<FileFigures> FileMaintenance::Figures(WindowWriter& writer) const {
  Database& database = writer.database();
  FileFigures figures;
  figures.wal_bytes = WalBytes(database.path());
  figures.removed = writer.retention().removed();
  std::int64_t page_bytes = 0;
  for (const auto& [sql, value] :
       {std::pair{"PRAGMA page_size", &page_bytes}, std::pair{"PRAGMA page_count", &figures.file_bytes},
        std::pair{"PRAGMA freelist_count", &figures.free_bytes},
        std::pair{"SELECT coalesce(min(bucket), 0) FROM usage_minute", &figures.oldest[0]},
        std::pair{"SELECT coalesce(min(bucket), 0) FROM usage_hour", &figures.oldest[1]},
        std::pair{"SELECT coalesce(min(bucket), 0) FROM usage_day", &figures.oldest[2]}}) {
    ASSIGN_OR_RETURN(const auto read, database.QueryInt(sql));
    *value = read;
  }
  figures.file_bytes *= page_bytes;
  figures.free_bytes *= page_bytes;
  return figures;
}

}  // namespace keymeter::processor
