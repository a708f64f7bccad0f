#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "processor/metering/metering_plan.h"
#include "processor/redis/scan_queue.h"

namespace keymeter::processor {

/// Looks which of the candidates' counters a relay keeps: one walk over the key space, which ends at the
/// first of the finest counters. A counter by day or month counts as well as its hours, which an import
/// leaves away.
///
/// Needed once in the life of a file, where the answer is stored; and where no events announce an upgrade of
/// the relay, again for the counters that would take over. Threads: loop thread. Lifetime: one session;
/// borrows all that it is given. Bounds: one walk at a time, by ScanQueue.
/// Tested by tests/processor/source/session_start_test.cc and tests/integration/profiles_test.cc.
class ProfileProbe {
 public:
  ProfileProbe(const MeteringPlan& plan, ScanQueue& scans) : plan_(plan), scans_(scans) {}

  enum class Look : std::uint8_t {
    kAll,   ///< any counter shows what the relay counts by
    kHours  ///< only what it counts by now: counters that would take over
  };
  /// `on_found(spec)`: the relay keeps such a counter. `on_done(is_empty)`: whether it certainly keeps none.
  void Start(Look look, std::function<void(std::size_t spec)> on_found,
             std::function<void(bool is_empty)> on_done);
  [[nodiscard]] bool IsRunning() const { return is_running_; }

 private:
  void OnKey(std::string_view key);
  [[nodiscard]] bool IsOf(const CounterSpec& counter, std::string_view key) const;
  void OnListed(bool is_whole);
  void Finish(bool is_empty);

  const MeteringPlan& plan_;
  ScanQueue& scans_;
  std::function<void(std::size_t)> on_found_;
  std::function<void(bool)> on_done_;
  Look look_ = Look::kAll;
  bool is_running_ = false;
  std::vector<bool> found_;  ///< by spec
};

}  // namespace keymeter::processor
