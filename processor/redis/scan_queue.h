#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/redis/load_pacer.h"
#include "processor/redis/redis_link.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// Walks sets (SSCAN) and the key space (SCAN), paced and one step at a time, so that Redis always has time
/// for others. Jobs run in the order in which they were added.
///
/// Threads: loop thread. Lifetime: borrows everything it is given; Clear drops callbacks uncalled.
/// Bounds: one step is under way at a time, of about a thousand members.
class ScanQueue {
 public:
  struct Job {
    std::string set;                                         ///< the set to walk; empty: the key space
    std::string glob;                                        ///< for the key space
    std::function<void(std::string_view member)> on_member;  ///< may be called twice for one member
    std::function<void(bool is_whole)> on_done;              ///< is_whole: every member was seen
    std::function<bool()> is_enough = {};                    ///< true: skip the rest
    std::function<bool()> step = {};                         ///< see AddSteps; then nothing is walked
  };

  ScanQueue(const EventLoop& loop, RedisLink& link, LoadPacer& pacer)
      : loop_(loop), link_(link), pacer_(pacer), next_step_(loop, [this] { GoOn(); }) {}

  void Add(Job job);
  /// Calls `on_reached` when every job added before is done.
  void AddMarker(std::function<void()> on_reached);
  /// Calls `step` when every job added before is done, once in each turn of the loop, until it says false.
  void AddSteps(std::function<bool()> step);
  /// While `is_full` says true, no step is made: each would find more to do.
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
