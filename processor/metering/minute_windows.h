#pragma once

#include <cstdint>
#include <vector>

#include "processor/metering/growth.h"
#include "processor/metering/write_batch.h"

namespace keymeter::processor {

/// The growth that the file lacks: by series and minute, and by hour, day or month where it has no minute.
/// Kept as the rows to write, so that a drain is a move, whatever their number.
///
/// Not for history: what was drained lives in SQLite. When SQLite refuses, the rows come back and are merged
/// with what grew meanwhile. So that a long outage costs memory by series and not by time, minutes older than
/// kMostMinutes are merged into their hour, and hours older than kMostHours into their day. An hour that the
/// relay still keeps is not: an audit compares its row with its reading. Each series stores the index of its
/// last row, and each row that of the row before it of the same series; a row stores its series, so a drain
/// need not reset them. Threads: loop thread. Bounds: Add looks through the rows of its series, newest first:
/// nearly always one.
class MinuteWindows {
 public:
  void Add(const Placement& placement, SeriesId series, const Amounts& growth);
  /// All rows, one for each bucket of a series, in no order (see OrderAsTables). Nothing stays.
  std::vector<GrowthRow> Drain();
  /// Takes rows back. `utc_offset_s`: where days begin. Unlike the others it takes time in proportion to the
  /// rows.
  void Restore(const std::vector<GrowthRow>& rows, std::int64_t utc_offset_s);

  static constexpr std::int64_t kMostMinutes = 120;  ///< older minutes are merged into their hour
  static constexpr std::int64_t kMostHours = 192;  ///< older hours are merged into their day; relays keep 168
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  using RowNumber = std::uint32_t;
  static constexpr RowNumber kNoRow = 0xFFFFFFFF;

  [[nodiscard]] RowNumber LastOf(SeriesId series) const;
  void Append(const GrowthRow& row);

  std::vector<GrowthRow> rows_;
  std::vector<RowNumber> previous_;  ///< by row: the row before it of the same series
  std::vector<RowNumber> last_;      ///< by series: its last row; may be stale since the last drain
};

}  // namespace keymeter::processor
