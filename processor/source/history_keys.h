#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/metering/metering_plan.h"

namespace keymeter::processor {

/// Whether a key is a counter of a day or month that is over: whoever writes to it does not count a request,
/// but imports, restores or migrates.
///
/// Not for what is metered: see EventMatcher, which such keys do not concern.
/// Threads: loop thread. Lifetime: owns copies of the patterns. Bounds: a comparison of prefixes for each
/// pattern of the plan, a handful; made for events that count no requests only.
/// Tested by tests/processor/source/history_keys_test.cc.
class HistoryKeys {
 public:
  explicit HistoryKeys(const MeteringPlan& plan);

  /// `now_s`: epoch seconds.
  [[nodiscard]] bool IsOfThePast(std::string_view key, std::int64_t now_s, std::int64_t utc_offset_s) const;

 private:
  std::vector<KeyPattern> patterns_;
};

}  // namespace keymeter::processor
