#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/redis/load_pacer.h"
#include "processor/redis/redis_link.h"
#include "processor/runtime/left_out.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// Walks sets (SSCAN) and the key space (SCAN), paced and one step at a time, so that Redis always has time
/// for others. Jobs run in the order in which they were added.
///
/// Threads: loop thread. Lifetime: borrows everything it is given; Clear drops callbacks uncalled.
/// Bounds: one step is under way at a time, of about a thousand members. A listing that does not end (a
/// cursor that comes again, more steps or members than Limits) is broken off, which LeftOut says until it
/// ends well.
class ScanQueue {
 public:
  struct Limits {
    std::int64_t members = 1'000'000;    ///< of a set
    std::int64_t steps = 20'000;         ///< of a set
    std::int64_t key_steps = 1'000'000;  ///< of the key space, where nobody knows how many keys it has
  };

  struct Job {
    std::string set;                                         ///< the set to walk; empty: the key space
    std::string glob;                                        ///< for the key space
    std::function<void(std::string_view member)> on_member;  ///< may be called twice for one member
    /// is_whole: every member was seen (of the key space: but for names longer than 1 MB, which LeftOut
    /// says).
    std::function<void(bool is_whole)> on_done;
    std::function<bool()> is_enough = {};  ///< true: skip the rest
    std::function<bool()> step = {};       ///< see AddSteps; then nothing is walked
  };

  ScanQueue(const EventLoop& loop, RedisLink& link, LoadPacer& pacer, LeftOut& left_out,
            const Limits& limits);

  void Add(Job job);
  /// Calls `on_reached` when every job added before is done.
  void AddMarker(std::function<void()> on_reached);
  /// Calls `step` when every job added before is done, once in each turn of the loop, until it says false.
  void AddSteps(std::function<bool()> step);
  /// While `is_full` says true, no step is made: each would find more to do.
  void SetBrake(std::function<bool()> is_full) { is_full_ = std::move(is_full); }
  /// How many keys the database has, or had a moment ago; 0: not known.
  void SetKeyCount(std::function<std::int64_t()> key_count) { key_count_ = std::move(key_count); }
  void Clear();  ///< the session ended
  [[nodiscard]] bool IsIdle() const { return jobs_.empty(); }
  /// Redis' time that the last walk over the key space took, whoever asked for it, without what was read
  /// meanwhile; 0: there was none. One that ended early counts if it took longer than the one before.
  [[nodiscard]] std::int64_t key_space_cost_ms() const { return key_space_cost_ms_; }

 private:
  static bool IsMarker(const Job& job) { return job.set.empty() && job.glob.empty() && !job.step; }
  void StartFirst();
  void GoOn();
  void Step(std::string cursor);
  void SendStep();
  void OnStep(const Reply& reply);
  void TakeMembers(const Reply& members);
  /// Why this listing does not end; empty: nothing says so.
  [[nodiscard]] std::string_view WhyEndless(std::string_view cursor);
  [[nodiscard]] std::int64_t MostSteps() const;
  void FinishJob(bool is_whole);
  void NoteCost(bool is_whole);

  const EventLoop& loop_;
  RedisLink& link_;
  LoadPacer& pacer_;
  LeftOut& left_out_;
  const Limits limits_;
  Timer next_step_;
  std::function<bool()> is_full_;
  std::function<std::int64_t()> key_count_;
  std::string cursor_;
  std::string earlier_cursor_;  ///< of a step whose number is a power of two
  std::int64_t steps_ = 0;      ///< of this listing; so the next
  std::int64_t members_ = 0;
  bool has_long_member_ = false;
  std::int64_t listing_before_us_ = 0;
  std::int64_t key_space_cost_ms_ = 0;
  std::int64_t sent_us_ = 0;
  std::deque<Job> jobs_;
  bool is_running_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
