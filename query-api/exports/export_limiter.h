#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "schema/mutex.h"
#include "schema/prometheus_text.h"

namespace keymeter::query_api {

struct ExportDeskOptions {
  std::string directory = DefaultDirectory();  ///< where the files stand, without a name
  int most_made = 2;                           ///< exports that are being made at once
  int most_open = 4;  ///< being made or taken: a slow client holds one, and a worker thread
  std::uint64_t most_bytes = std::uint64_t{4} << 30;  ///< of one file

  /// $TMPDIR, or /tmp.
  [[nodiscard]] static std::string DefaultDirectory();
};

/// Who may make an export now: each takes a processor for seconds, room on a disk, and a thread until its
/// client has taken it.
/// Threads: any. Lifetime: outlives its places; a place lasts as long as its export.
class ExportLimiter {
 public:
  explicit ExportLimiter(ExportDeskOptions options = {}) : options_(std::move(options)) {}

  class Slot {
   public:
    explicit Slot(ExportLimiter& desk) : desk_(desk) {}
    ~Slot();
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    /// It is made: from here on it is only taken.
    void FinishMaking();
    [[nodiscard]] ExportLimiter& desk() const { return desk_; }

   private:
    ExportLimiter& desk_;
    bool is_made_ = false;
  };

  /// Null when there are too many.
  [[nodiscard]] std::shared_ptr<Slot> Take();
  /// Exports that are being made end with an error, soon.
  void Stop() { is_stopping_ = true; }
  [[nodiscard]] bool is_stopping() const { return is_stopping_; }
  [[nodiscard]] const ExportDeskOptions& options() const { return options_; }
  /// How large a file may become now: never more than half of what is free, since the usage file may stand on
  /// the same disk. 0 when that cannot be found out.
  [[nodiscard]] std::uint64_t RoomForOne() const;
  void Write(PrometheusText& writer) const;

 private:
  const ExportDeskOptions options_;
  std::atomic<bool> is_stopping_{false};
  mutable Mutex mutex_;
  int making_ = 0;             ///< protected by mutex_
  int open_ = 0;               ///< protected by mutex_
  std::uint64_t made_ = 0;     ///< protected by mutex_
  std::uint64_t refused_ = 0;  ///< protected by mutex_
};

}  // namespace keymeter::query_api
