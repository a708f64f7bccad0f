#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/redis/data_set_watch.h"
#include "processor/redis/load_pacer.h"
#include "processor/redis/redis_link.h"
#include "processor/runtime/left_out.h"
#include "processor/source/read_commands.h"
#include "processor/source/skipped_values.h"
#include "schema/clock.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

/// Reads counters: all that are dirty in one pipeline of HMGETs, at most every 100 ms, and at once when a
/// minute ends.
///
/// A round of readings is judged after a fence: when the subscriber has handed on every event that is older
/// than the readings. So a deletion is never taken for a fall, nor a fall for a deletion. And it is judged
/// only if Redis still holds the data set of the round before; else all counters are read again. Counters of
/// the backlog (baseline, sweep) are added to a round when the pacer allows it, a few hundred each time;
/// dirty counters never wait for the backlog.
/// Threads: loop thread. Lifetime: borrows all that it is given; outlives sessions, counting. Bounds: one
/// round at a time, of at most kMostDirty + LoadPacer::kMostCounters counters.
/// Tested by tests/integration/falls_test.cc and trace_test.cc.
class CounterReader {
 public:
  struct Handler {
    std::function<void()> on_backlog_read;  ///< whenever the last counter of the backlog has been judged
    std::function<void(DataSetChange)> on_data_set_changed;  ///< while a round was under way
  };

  CounterReader(const EventLoop& loop, const Clock& clock, const MeteringPlan& plan, RedisLink& link,
                DataSetWatch& data_set, LoadPacer& pacer, Meter& meter, LeftOut& left_out,
                SkippedValues& skipped, Handler handler);

  void SetOffset(std::int64_t utc_offset_s) { commands_.SetOffset(utc_offset_s); }

  void OnDirty();  ///< a counter was marked: read it soon
  void AddBacklog(CounterIndex index);
  void ReadNow();  ///< without waiting for the tick
  void OnSecond();
  void Reset();  ///< the session ended

  /// No announced change waits to be read. (The backlog may have some left.)
  [[nodiscard]] bool IsIdle() const { return round_.empty() && meter_.counters().dirty_count() == 0; }
  [[nodiscard]] bool IsBacklogRead() const { return backlog_.empty() && !round_has_backlog_; }
  [[nodiscard]] std::size_t backlog_size() const { return backlog_.size(); }

  /// How many counters have been put into the backlog since the start.
  [[nodiscard]] std::int64_t backlog_added() const { return backlog_added_; }

  /// Longest delay from an event to its reading since the last call, milliseconds.
  std::int64_t TakeLongestDelayMs();
  [[nodiscard]] std::int64_t readings() const { return readings_; }

 private:
  void StartRound();
  void GoOnWithBacklog();
  [[nodiscard]] const CounterSpec* SpecOf(const Counter& counter) const;
  [[nodiscard]] const CounterSpec* SpecOf(const CounterRead& read) const;
  void OnReply(std::uint64_t round_number, std::size_t index, const Reply& reply);
  void OnRoundRead(DataSetChange change);
  void TakeValues(CounterRead& read, const Reply& reply);
  void SkipValue(const Counter& counter, std::string_view what, std::string_view text);
  void LeaveOut(const Counter& counter);
  void ForgetLeftOut(const Counter& counter);
  [[nodiscard]] bool IsResting(const Counter& counter);
  [[nodiscard]] std::string NameOf(const Counter& counter) const;
  void FinishRound();

  const Clock& clock_;
  const MeteringPlan& plan_;
  RedisLink& link_;
  DataSetWatch& data_set_;
  LoadPacer& pacer_;
  Meter& meter_;
  LeftOut& left_out_;
  SkippedValues& skipped_;
  Handler handler_;
  Timer tick_;        ///< for dirty counters
  Timer paced_tick_;  ///< for the backlog
  ReadCommands commands_;
  std::string round_commands_;  ///< kept for its room

  std::deque<CounterIndex> backlog_;
  std::int64_t backlog_added_ = 0;
  std::vector<CounterRead> round_;
  std::uint64_t round_number_ = 0;
  std::int64_t round_asked_ms_ = 0;
  std::int64_t round_sent_us_ = 0;
  std::size_t round_paced_ = 0;  ///< how many of it are of the backlog
  bool round_took_all_ = false;
  bool round_has_backlog_ = false;

  std::int64_t longest_delay_ms_ = 0;
  std::int64_t readings_ = 0;
  struct Rest {
    std::int64_t until_ms;  ///< monotonic
    bool is_awaited;        ///< it was to be read meanwhile
  };
  /// Counters with a value that is too long, by hour and series (an index is used again).
  std::map<std::pair<std::int64_t, SeriesId>, Rest> resting_;
};

}  // namespace keymeter::processor
