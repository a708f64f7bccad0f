#include "processor/commands/backup_command.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "processor/commands/progress_line.h"
#include "processor/storage/file_copy.h"
#include "processor/storage/wal_files.h"
#include "processor/storage/writer_lock.h"
#include "schema/byte_size.h"
#include "schema/migrations.h"
#include "schema/sqlite.h"

namespace keymeter::processor {

namespace {

std::atomic<bool> is_interrupted = false;  // set by a signal handler, which can reach globals only

int Refuse(const Error& why) {
  std::fprintf(stderr, "keymeter: %s\n", why.Text().c_str());
  return why.code == ErrorCode::kInvalid ? 2 : 1;
}

/// Refuses the database itself and the files beside it, under whatever name, and a target that is in use.
Status CheckTarget(const BackupOptions& options) {
  const std::string db = ResolvedPath(options.db_path);
  const std::string target = ResolvedPath(options.target);
  std::error_code ignored;
  if (std::filesystem::is_directory(target, ignored))
    return Fail(ErrorCode::kInvalid, "{} is a directory: name a file in it", options.target);
  bool is_its_own =
      target == WriterLock::PathOf(options.db_path) || std::filesystem::equivalent(db, target, ignored);
  for (const std::string_view suffix : kDatabaseSuffixes) is_its_own |= target == db + std::string(suffix);
  if (is_its_own)
    return Fail(ErrorCode::kInvalid, "{} is what is to be copied: name another file", options.target);
  if (const auto holder = WriterLock::FindHolder(target); holder && *holder)
    return Fail(ErrorCode::kRefused,
                "{} is written by keymeter process {}: stop it first, or name another file", options.target,
                (*holder)->pid);
  if (!options.force && std::filesystem::exists(target, ignored))
    return Fail(ErrorCode::kRefused, "{} is there already: name another file, or --force replaces it",
                options.target);
  return {};
}

/// Opens a file of ours, of any version.
Result<Database> OpenOurs(const std::string& path) {
  auto database = Database::Open(path, Database::Mode::kReadOnly);
  if (!database) return database;
  const auto application = database->QueryInt("PRAGMA application_id");
  if (!application) return Fail(application.error().In(path));
  if (*application != kApplicationId) return Fail(ErrorCode::kRefused, "{} is no file of Keymeter", path);
  return database;
}

Status Copy(const BackupOptions& options) {
  RETURN_IF_ERROR(CheckTarget(options));
  ASSIGN_OR_RETURN(auto source, OpenOurs(options.db_path));
  ProgressLine progress("copied");
  return CopyDatabase(
      source, options.target,
      {options.force, [&progress](std::int64_t done, std::int64_t total) { progress.Show(done, total); },
       [] { return is_interrupted.load(); }});
}

}  // namespace

int Backup(const BackupOptions& options) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    std::signal(signal, [](int /*signal*/) { is_interrupted = true; });
  if (const Status copied = Copy(options); !copied) return Refuse(copied.error());
  std::error_code ignored;
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(options.target, ignored));
  std::printf("%s: %s, sound\n", options.target.c_str(), FormatBytes(bytes).c_str());
  return 0;
}

}  // namespace keymeter::processor
