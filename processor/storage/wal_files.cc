#include "processor/storage/wal_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "schema/civil_time.h"
#include "schema/file_descriptor.h"

namespace keymeter::processor {

namespace {

/// ISO 8601 without what a shell or another file system would stumble over.
std::string FileTime(std::int64_t now_ms) {
  std::string text = FormatRfc3339(now_ms / 1000 * 1000);
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '-' || c == ':'; }),
             text.end());
  return text;
}

}  // namespace

std::string ResolvedPath(const std::string& path) {
  std::error_code failed;
  const auto resolved = std::filesystem::weakly_canonical(path, failed);
  return failed ? path : std::filesystem::absolute(resolved, failed).string();
}

std::string AsidePath(const std::string& db_path, std::string_view why, std::int64_t now_ms) {
  const std::string first = fmt::format("{}.{}-{}", db_path, why, FileTime(now_ms));
  std::string path = first;
  for (int i = 2; ::access(path.c_str(), F_OK) == 0; ++i) path = fmt::format("{}-{}", first, i);
  return path;
}

Status MoveDatabase(const std::string& from, const std::string& to) {
  // The file last: SQLite deletes a WAL that it finds beside none.
  for (auto suffix = kDatabaseSuffixes.rbegin(); suffix != kDatabaseSuffixes.rend(); ++suffix) {
    const std::string source = from + std::string(*suffix);
    const std::string target = to + std::string(*suffix);
    const bool is_moved = std::rename(source.c_str(), target.c_str()) == 0;
    if (!is_moved && (errno != ENOENT || suffix->empty()))
      return Fail(ErrorCode::kRefused, "move {} to {}: {}", source, target, std::strerror(errno));
  }
  SyncDirectoryOf(to);
  return {};
}

void RemoveDatabase(const std::string& path) {
  for (const std::string_view suffix : kDatabaseSuffixes) ::unlink((path + std::string(suffix)).c_str());
}

void SyncDirectoryOf(const std::string& path) {
  const std::string parent = std::filesystem::path(ResolvedPath(path)).parent_path().string();
  const FileDescriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.IsOpen()) ::fsync(directory.number());
}

}  // namespace keymeter::processor
