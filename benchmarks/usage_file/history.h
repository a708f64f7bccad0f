#pragma once

#include <cstdint>
#include <string>

#include "schema/error.h"

/// A usage file of a size that takes a real relay a year, made in a minute: for benchmarks of what reads it.
namespace keymeter::usage_file {

struct HistoryOptions {
  std::string path;  ///< must not exist yet
  std::size_t keys = 10'000;
  std::size_t accounts = 50;
  std::size_t models = 20;
  std::size_t groups = 8;
  std::int64_t minute_rows = 3'200'000;  ///< about so many, in the newest minute_days
  std::int64_t minute_days = 14;
  std::int64_t days = 400;  ///< of hours and days
  std::int64_t utc_offset_s = std::int64_t{8} * 3600;
  std::int64_t end = 0;  ///< epoch seconds, of a minute's start: the first one without rows
  std::uint64_t seed = 1;
  /// Above 0: of the minutes of each key with each model; so many rows that `minute_rows` is not asked.
  double active_share = 0;
};

struct HistoryCounts {
  std::int64_t minutes = 0;  ///< rows of each level
  std::int64_t hours = 0;
  std::int64_t days = 0;
  std::int64_t months = 0;
  std::int64_t series = 0;
};

/// Writes the file: entities named as relay_load's of the same seed, so that live traffic can go on with
/// them.
///
/// With `active_share` see SteadyRelay. Else who is active changes: of all keys about a third in a day, a
/// fifteenth in an hour; a key uses up to three models. Every level is the sum of the next finer one; hours
/// before the minutes are drawn as hours. The log on stderr has a line for each tenth.
[[nodiscard]] Result<HistoryCounts> WriteHistory(const HistoryOptions& options);

}  // namespace keymeter::usage_file
