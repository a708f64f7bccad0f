#pragma once

#include <cstdint>
#include <functional>

#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/redis/redis_link.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// Asks an idle relay for its UTC offset: the newest hour index that it keeps tells by its name the hour, and
/// by its remaining time to live when it was last written.
///
/// Threads: loop thread. Lifetime: borrows all that it is given. Bounds: one pipeline of a few hundred PTTLs.
/// Tested by tests/integration/{import,profiles}_test.cc.
class OffsetProbe {
 public:
  OffsetProbe(const MeteringPlan& plan, const Clock& clock, RedisLink& link, OffsetDetector& detector);

  /// `on_done(found_any)`: whether the relay keeps any hour at all; the detector may know the offset by then.
  void Start(std::function<void(bool found_any)> on_done);
  void Reset() { ++generation_; }

 private:
  const MeteringPlan& plan_;
  const Clock& clock_;
  RedisLink& link_;
  OffsetDetector& detector_;
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
