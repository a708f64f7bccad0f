#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "schema/error.h"
#include "schema/mutex.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

/// How many exports there may be at once, how large they may be, and where their files are.
struct ExportLimiterOptions {
  std::string directory = "/tmp";  ///< of the files, which have no names
  int most_made = 2;               ///< exports that are being made at once
  int most_open = 16;              ///< being made or sent: a slow client holds one
  int most_open_of_client = 4;     ///< of these, so that a slow one leaves the others theirs
  std::uint64_t most_bytes = std::uint64_t{4} << 30;  ///< of one file
};

/// Where files of responses go: `asked` for, else $TMPDIR or /tmp, else, where none can be made there, beside
/// the database.
struct SpoolDirectory {
  std::string path;
  std::optional<Error> unusable{};  ///< no file can be made there either

  [[nodiscard]] static SpoolDirectory Find(const std::string& asked, const std::string& db_path);
};

/// How many exports are made and sent at once: each takes a CPU for seconds, and room on a disk until its
/// client has taken it.
///
/// Threads: any. Lifetime: outlives its slots. Bounds: those of its options; further exports are refused.
class ExportLimiter {
 public:
  explicit ExportLimiter(ExportLimiterOptions options = {}) : options_(std::move(options)) {}

  /// One export, until its client has taken it. Threads: one at a time. Lifetime: not beyond the limiter.
  class Slot {
   public:
    Slot(ExportLimiter& limiter, std::string client) : limiter_(limiter), client_(std::move(client)) {}
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    /// The export is made, and compressed if its client takes that: from here on it is only sent.
    void FinishMaking();
    [[nodiscard]] ExportLimiter& limiter() const { return limiter_; }

   private:
    ExportLimiter& limiter_;
    const std::string client_;
    bool is_made_ = false;
  };

  /// Null when there are too many exports, in all or of this client.
  [[nodiscard]] std::shared_ptr<Slot> Take(const std::string& client);
  /// Exports that are being made end with an error soon.
  void Stop() { is_stopping_ = true; }
  [[nodiscard]] bool is_stopping() const { return is_stopping_; }
  [[nodiscard]] const ExportLimiterOptions& options() const { return options_; }
  /// How many bytes a new file may have: never more than half of what is free, since the usage file may be on
  /// the same disk. 0 when the free space is unknown.
  [[nodiscard]] std::uint64_t RoomForOne() const;
  void Write(PrometheusText& writer) const;

 private:
  const ExportLimiterOptions options_;
  std::atomic<bool> is_stopping_{false};
  mutable Mutex mutex_;
  int making_ GUARDED_BY(mutex_) = 0;
  int open_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, int> open_by_client_ GUARDED_BY(mutex_);
  std::uint64_t made_ GUARDED_BY(mutex_) = 0;
  std::uint64_t refused_ GUARDED_BY(mutex_) = 0;
};

}  // namespace keymeter::query_api
