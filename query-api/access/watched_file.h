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

/// Changes when a file is written or replaced. All zero: there is no file. Threads: plain value.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
  static FileStamp Of(const std::string& path);
};

/// Threads: plain value.
struct TrustedFile {
  std::string text;
  FileStamp stamp;
};

/// The content of a regular file of at most `longest` bytes that only its owner and group may write. Errors
/// begin with the path.
[[nodiscard]] Result<TrustedFile> ReadTrustedFile(const std::string& path, std::size_t longest);

/// A value that is parsed from a small file, and parsed again when the file changes.
///
/// Get looks at the file at most once a second. When the changed file cannot be read or parsed, that is
/// logged and the last value stays. Threads: any. One caller reads the file, with no lock held; the others
/// get the last value meanwhile. Lifetime: borrows the clock; values live as long as their shared_ptr.
/// Bounds: `longest` bytes.
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
        log::Warn("file not read again: what it said before holds", {{"reason", read.error().Text()}});
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
  FileStamp stamp_;  ///< only the caller that has set is_looking_ touches it
  Mutex mutex_;
  std::shared_ptr<const T> value_ GUARDED_BY(mutex_);
};

}  // namespace keymeter::query_api
