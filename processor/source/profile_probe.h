#pragma once

#include <cstdint>
#include <functional>

#include "processor/metering/metering_plan.h"
#include "processor/redis/scan_queue.h"

namespace keymeter::processor {

/// Looks which of the candidates' counters a relay keeps: one SCAN a kind of counter, the finest first, no
/// more than it takes to decide.
///
/// Once in the life of a file: afterwards it is written there. Where no events tell of an upgrade, again for
/// those counters that would take over. Threads: loop thread. Lifetime: borrows all that it is given.
/// Tested by tests/integration/profiles_test.cc.
class ProfileProbe {
 public:
  ProfileProbe(const MeteringPlan& plan, ScanQueue& scans) : plan_(plan), scans_(scans) {}

  /// `on_found(spec)`: the relay keeps such a counter. `on_done(is_empty)`: whether it surely keeps none.
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
