#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace keymeter::usage_file {

/// What WriteHistory shall write.
struct HistoryOptions {
  std::string path;  ///< must not exist yet
  std::size_t keys = 10'000;
  std::size_t accounts = 50;
  std::size_t models = 20;
  std::size_t groups = 8;
  std::int64_t minute_rows = 3'200'000;  ///< about this many, in the newest minute_days
  std::int64_t minute_days = 14;
  std::int64_t days = 400;  ///< of history; its oldest part has hours and days only
  std::int64_t utc_offset_s = std::int64_t{8} * 3600;
  std::int64_t end = 0;  ///< epoch seconds: the start of the first minute without rows
  std::uint64_t seed = 1;
  /// Above 0: each key uses each model in this share of the minutes, and `minute_rows` is ignored.
  double active_share = 0;
};

/// What WriteHistory wrote.
struct HistoryCounts {
  std::int64_t minutes = 0;  ///< rows of each level
  std::int64_t hours = 0;
  std::int64_t days = 0;
  std::int64_t months = 0;
  std::int64_t series = 0;
};

}  // namespace keymeter::usage_file
