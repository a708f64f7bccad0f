#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "processor/growth.h"
#include "processor/write_batch.h"

namespace keymeter::processor {

/// Per-minute growth of every series that is not durable yet, and growth that has no minute.
///
/// Not for history: what was drained lives in SQLite. When SQLite refuses, the rows come back and are merged
/// with what grew meanwhile. An outage costs memory by series, not by time: minutes that are older than
/// kMostMinutes become growth of their hour without a minute, hours older than kMostHours of their day.
/// Threads: loop thread. Bounds: O(1) Add.
class MinuteWindows {
 public:
  void Add(const Placement& placement, SeriesId series, const Amounts& growth);
  /// Everything, ordered by level, bucket and series as the tables are; empty afterwards.
  std::vector<GrowthRow> Drain();
  /// `utc_offset_s`: where days begin.
  void Restore(const std::vector<GrowthRow>& rows, std::int64_t utc_offset_s);

  static constexpr std::int64_t kMostMinutes = 120;  ///< that wait for SQLite, so the next
  static constexpr std::int64_t kMostHours = 48;
  [[nodiscard]] std::size_t size() const { return growth_.size(); }

 private:
  struct Key {
    Level level;
    std::int64_t bucket;
    SeriesId series;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };

  std::unordered_map<Key, Amounts, Hash> growth_;
};

}  // namespace keymeter::processor
