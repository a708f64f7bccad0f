#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "processor/event_loop.h"
#include "processor/load_pacer.h"
#include "processor/redis_link.h"

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
  };

  ScanQueue(const EventLoop& loop, RedisLink& link, LoadPacer& pacer)
      : link_(link), pacer_(pacer), next_step_(loop, [this] { SendStep(); }) {}

  void Add(Job job);
  /// Calls `on_reached` when every job added before is done.
  void AddMarker(std::function<void()> on_reached);
  void Clear();  ///< the session ended
  [[nodiscard]] bool IsIdle() const { return jobs_.empty(); }

 private:
  static bool IsMarker(const Job& job) { return job.set.empty() && job.glob.empty(); }
  void StartFirst();
  void Step(std::string cursor);
  void SendStep();
  void OnStep(const Reply& reply);
  void FinishJob(bool is_whole);

  RedisLink& link_;
  LoadPacer& pacer_;
  Timer next_step_;
  std::string cursor_;
  std::int64_t sent_us_ = 0;
  std::deque<Job> jobs_;
  bool is_running_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
