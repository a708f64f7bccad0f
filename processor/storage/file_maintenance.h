#pragma once

#include <array>
#include <cstdint>

#include "processor/storage/retention.h"
#include "processor/storage/window_writer.h"

namespace keymeter::processor {

/// How long rows are kept, and how large the WAL may grow.
struct FileLimits {
  Retention keep{};
  std::int64_t max_wal_bytes = std::int64_t{256} << 20;
};

/// How large the file is and how far back it reaches; for the metrics.
struct FileFigures {
  std::int64_t file_bytes = 0;
  std::int64_t free_bytes = 0;  ///< of file_bytes: pages that hold nothing now
  std::int64_t wal_bytes = 0;
  std::array<std::int64_t, 3> oldest{};   ///< the oldest bucket of minutes, hours and days; 0: there is none
  std::array<std::int64_t, 3> removed{};  ///< rows of those that retention removed since the start
};

/// Keeps the file from growing for ever: old rows are removed, most of the freed space is slowly given back
/// to the file system, and the WAL has a limit.
///
/// A reader's open transaction needs the WAL as it was when it began, so nobody can empty the WAL meanwhile.
/// Above the limit nothing is written until that reader is done; one transaction may exceed the limit by its
/// own size.
/// Threads: the writer thread.
/// Bounds: kBudgetMs for each call of Trim, in transactions of a few milliseconds.
class FileMaintenance {
 public:
  static constexpr std::int64_t kBudgetMs = 50;
  static constexpr std::int64_t kPagesAtOnce = 256;      ///< pages that one call gives back, at most
  static constexpr std::int64_t kLeastFreePages = 2048;  ///< pages that stay free, or a twentieth of the file

  explicit FileMaintenance(FileLimits limits) : limits_(limits) {}

  /// To be called before a write. False: the WAL is full, and a reader keeps it from being emptied.
  [[nodiscard]] Result<bool> MakeRoom(Database& database) const;
  /// To be called after a write: removes old rows and gives space back. `reached`: now, epoch seconds, by a
  /// clock that can be trusted.
  [[nodiscard]] Status Trim(WindowWriter& writer, std::int64_t reached);
  [[nodiscard]] Result<FileFigures> Figures(WindowWriter& writer) const;
  [[nodiscard]] const FileLimits& limits() const { return limits_; }

 private:
  Status GiveBack(Database& database);

  const FileLimits limits_;
  bool has_logged_no_give_back_ = false;
};

[[nodiscard]] std::int64_t WalBytes(const std::string& db_path);

}  // namespace keymeter::processor
