#pragma once

#include <cstdint>
#include <functional>

#include "processor/metering/metering_plan.h"
#include "processor/redis/scan_queue.h"

namespace keymeter::processor {

/// Looks which of the candidates' counters a relay keeps: one SCAN for each kind of counter, the finest
/// first, no further than it takes to decide.
///
/// Needed once in the life of a file, where the answer is stored; and where no events announce an upgrade of
/// the relay, again for the counters that would take over. Threads: loop thread. Lifetime: one session;
/// borrows all that it is given. Bounds: one SCAN at a time.
/// Tested by tests/processor/source/session_start_test.cc and tests/integration/profiles_test.cc.
class ProfileProbe {
 public:
  ProfileProbe(const MeteringPlan& plan, ScanQueue& scans) : plan_(plan), scans_(scans) {}

  /// `on_found(spec)`: the relay keeps such a counter. `on_done(is_empty)`: whether it certainly keeps none.
  void Start(std::function<void(std::size_t spec)> on_found, std::function<void(bool is_empty)> on_done);

 private:
  void LookFor(std::size_t spec);

  const MeteringPlan& plan_;
  ScanQueue& scans_;
  std::function<void(std::size_t)> on_found_;
  std::function<void(bool)> on_done_;
  bool is_found_ = false;
  bool is_empty_ = true;
};

}  // namespace keymeter::processor
