#pragma once

#include <cstddef>
#include <cstdint>

#include "processor/metering/counter_table.h"

namespace keymeter::processor {

/// Says when a pass over the table that packs counters of closed hours is due, and carries it out in steps.
///
/// A pass is due when another hour has closed, or when many counters of closed hours were unpacked or read
/// for the first time since the last pass. An hour is closed five minutes after its end: late events and the
/// last sweep have been by then.
/// Threads: loop thread. Bounds: a step takes a millisecond or two (see CounterTable::Pack).
class CounterPacker {
 public:
  /// `newest_hour`: the latest that a counter names, epoch seconds.
  [[nodiscard]] bool HasToPack(const CounterTable& counters, std::int64_t newest_hour,
                               std::int64_t now_ms) const;
  /// One step. True when there are more.
  bool Pack(CounterTable& counters, std::int64_t newest_hour, std::int64_t now_ms);

 private:
  std::int64_t packed_before_ = 0;  ///< the hour up to which the last whole pass has packed
  std::size_t most_unpacked_ = 0;   ///< more counters than these are worth another pass
  bool is_packing_ = false;         ///< a pass is under way
};

}  // namespace keymeter::processor
