#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/redis/load_pacer.h"
#include "processor/redis/redis_link.h"
#include "processor/runtime/event_loop.h"

namespace keymeter::processor {

/// Walks sets (SSCAN) and the key space (SCAN), one step under way at a time and paced, so that Redis
/// always has room for others.
///
/// Threads: loop thread. Lifetime: borrows all that it is given. Bounds: a thousand members a step.
class ScanQueue {
 public:
  struct Job {
    std::string set;                                         ///< the set to walk; empty: the key space
    std::string glob;                                        ///< for the key space
    std::function<void(std::string_view member)> on_member;  ///< a member may come twice
    std::function<void(bool is_whole)> on_done;              ///< is_whole: every member was seen
    std::function<bool()> is_enough = {};                    ///< the rest need not be seen
    std::function<bool()> step = {};                         ///< see AddSteps; then there is nothing to walk
  };

  ScanQueue(const EventLoop& loop, RedisLink& link, LoadPacer& pacer)
      : loop_(loop), link_(link), pacer_(pacer), next_step_(loop, [this] { GoOn(); }) {}

  void Add(Job job);
  /// Calls `on_reached` when every job added before is done.
  void AddMarker(std::function<void()> on_reached);
  /// Calls `step` when every job added before is done, once in each turn of the loop, until it says false.
  void AddSteps(std::function<bool()> step);
  /// While `is_full`, what would lead to more waits.
  void SetBrake(std::function<bool()> is_full) { is_full_ = std::move(is_full); }
  void Clear();  ///< the session ended
  [[nodiscard]] bool IsIdle() const { return jobs_.empty(); }

 private:
  static bool IsMarker(const Job& job) { return job.set.empty() && job.glob.empty() && !job.step; }
  void StartFirst();
  void GoOn();
  void Step(std::string cursor);
  void SendStep();
  void OnStep(const Reply& reply);
  void FinishJob(bool is_whole);

  const EventLoop& loop_;
  RedisLink& link_;
  LoadPacer& pacer_;
  Timer next_step_;
  std::function<bool()> is_full_;
  std::string cursor_;
  std::int64_t sent_us_ = 0;
  std::deque<Job> jobs_;
  bool is_running_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
