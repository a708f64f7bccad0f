#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <sys/types.h>

#include "schema/clock.h"
#include "schema/error.h"
#include "schema/log.h"
#include "schema/mutex.h"

namespace keymeter::query_api {

/// What of a file changes when it is written or replaced; all zero: there is none.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
  static FileStamp Of(const std::string& path);
};

struct TrustedFile {
  std::string text;
  FileStamp stamp;
};

/// A regular file of at most `longest` bytes that nobody but its owner and group may write. Errors begin
/// with the path.
[[nodiscard]] Result<TrustedFile> ReadTrustedFile(const std::string& path, std::size_t longest);

/// A small file's meaning, which follows the file: it is looked at once a second at most, and read again when
/// it changed. What then cannot be read or understood is logged, and the meaning stays what it was.
///
/// Threads: any. No lock is held while the file is read; who comes meanwhile takes what was known before.
/// Lifetime: borrows the clock.
template <typename T>
class WatchedFile {
 public:
  using Parse = std::function<Result<T>(const std::string& text)>;

  /// Reads it for the first time; errors name the path.
  static Result<std::unique_ptr<WatchedFile>> Open(const std::string& path, std::size_t longest, Parse parse,
                                                   const Clock& clock) {
    std::unique_ptr<WatchedFile> file(new WatchedFile(path, longest, std::move(parse), clock));
    RETURN_IF_ERROR(file->Read());
    return file;
  }

  [[nodiscard]] std::shared_ptr<const T> Get() {
    const std::int64_t now_ms = clock_.MonotonicMs();
    if (now_ms >= next_look_ms_ && !is_looking_.exchange(true)) {
      Look();
      next_look_ms_ = now_ms + kLookEveryMs;
      is_looking_ = false;
    }
    const MutexLock lock(mutex_);
    return value_;
  }

 private:
  static constexpr std::int64_t kLookEveryMs = 1000;

  WatchedFile(std::string path, std::size_t longest, Parse parse, const Clock& clock)
      : path_(std::move(path)), longest_(longest), parse_(std::move(parse)), clock_(clock) {
    next_look_ms_ = clock_.MonotonicMs() + kLookEveryMs;
  }

  void Look() {
    if (const FileStamp stamp = FileStamp::Of(path_); stamp != stamp_) {
      stamp_ = stamp;
      if (const Status read = Read(); read)
        log::Info("file read again", {{"file", path_}});
      else
        log::Warn("file not read again: what it said before holds", {{"problem", read.error().Text()}});
    }
  }

  Status Read() {
    ASSIGN_OR_RETURN(auto file, ReadTrustedFile(path_, longest_));
    stamp_ = file.stamp;
    auto parsed = parse_(file.text);
    if (!parsed) return Fail(parsed.error().In(path_));
    auto value = std::make_shared<const T>(std::move(*parsed));
    const MutexLock lock(mutex_);
    value_ = std::move(value);
    return {};
  }

  const std::string path_;
  const std::size_t longest_;
  const Parse parse_;
  const Clock& clock_;
  std::atomic<std::int64_t> next_look_ms_{0};
  std::atomic<bool> is_looking_{false};
  FileStamp stamp_;  ///< touched only by who looks
  Mutex mutex_;
  std::shared_ptr<const T> value_;  ///< protected by mutex_
};

}  // namespace keymeter::query_api
