#pragma once

#include <cstdint>
#include <functional>

#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/redis/redis_link.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// Asks an idle relay for its UTC offset: the name of the newest hour index that it keeps says the relay's
/// hour, and its remaining time to live says when that was.
///
/// Threads: loop thread. Lifetime: one session; borrows all that it is given. Bounds: one pipeline of a few
/// hundred PTTLs.
/// Tested by tests/processor/source/session_start_test.cc.
class OffsetProbe {
 public:
  OffsetProbe(const MeteringPlan& plan, const Clock& clock, RedisLink& link, OffsetDetector& detector);

  /// `on_done(found_any)`: whether the relay keeps any hour at all. The detector may know the offset then.
  void Start(std::function<void(bool found_any)> on_done);

 private:
  const MeteringPlan& plan_;
  const Clock& clock_;
  RedisLink& link_;
  OffsetDetector& detector_;
  std::uint64_t generation_ = 0;  ///< only the last Start is answered
};

}  // namespace keymeter::processor
