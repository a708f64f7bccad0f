#pragma once

#include <cstdint>
#include <vector>

#include "processor/metering/growth.h"
#include "processor/metering/write_batch.h"

namespace keymeter::processor {

/// Per-minute growth of every series that is not durable yet, and growth that has no minute, as the rows to
/// be written: so a drain is a move, however many they are.
///
/// A series knows its last row, and each row the one before it of the same series; a row says whose it is, so
/// after a drain no series has one, though none was touched.
/// Not for history: what was drained lives in SQLite. When SQLite refuses, the rows come back and are merged
/// with what grew meanwhile. An outage costs memory by series, not by time: minutes that are older than
/// kMostMinutes become growth of their hour without a minute, hours older than kMostHours of their day.
/// Threads: loop thread. Bounds: Add looks at the rows of its series, newest first: nearly always one.
class MinuteWindows {
 public:
  void Add(const Placement& placement, SeriesId series, const Amounts& growth);
  /// Everything, a row for each bucket of a series, in no order (see OrderAsTables); empty afterwards.
  std::vector<GrowthRow> Drain();
  /// `utc_offset_s`: where days begin. Takes time with the rows, unlike the others.
  void Restore(const std::vector<GrowthRow>& rows, std::int64_t utc_offset_s);

  static constexpr std::int64_t kMostMinutes = 120;  ///< that wait for SQLite, so the next
  static constexpr std::int64_t kMostHours = 48;
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  using RowNumber = std::uint32_t;
  static constexpr RowNumber kNoRow = 0xFFFFFFFF;

  [[nodiscard]] RowNumber LastOf(SeriesId series) const;
  void Append(const GrowthRow& row);

  std::vector<GrowthRow> rows_;
  std::vector<RowNumber> previous_;  ///< of each row: of its series
  std::vector<RowNumber> last_;      ///< of each series; what it says may be of an earlier drain
};

}  // namespace keymeter::processor
