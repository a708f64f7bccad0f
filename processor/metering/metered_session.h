#pragma once

#include <algorithm>
#include <cstdint>

#include "processor/metering/counter.h"
#include "processor/metering/growth.h"

namespace keymeter::processor {

/// One unbroken subscription: what it proves of the time in which a counter grew (rule 2 of growth.h).
///
/// Within a session every growth is announced, so an event narrows the interval. Across sessions only the
/// times of the two readings do. And a counter that is read for the first time began in this session if
/// everything that existed before was listed and read: at the session's begin (the baseline), or by a later
/// sweep.
/// Threads: any; pure values. Lifetime: one object serves all sessions, one after another.
class MeteredSession {
 public:
  /// `covered_until_ms`: every event before it is inside the rows of earlier sessions; 0: not known.
  void Begin(std::int64_t now_ms, std::int64_t covered_until_ms) {
    number_ = number_ % kMostSessions + 1;
    begin_ms_ = listed_ms_ = now_ms;
    covered_before_ms_ = covered_until_ms;
    is_baseline_read_ = false;
  }
  void End() { is_baseline_read_ = false; }
  /// `is_whole`: every counter that existed when the session began has been read.
  void CompleteBaseline(bool is_whole) {
    is_baseline_read_ = true;
    is_baseline_whole_ = is_whole;
  }
  /// Every counter that existed at this moment has been read.
  void CompleteSweep(std::int64_t begin_ms) { listed_ms_ = std::max(listed_ms_, begin_ms); }
  /// The wall clock stepped back to this moment.
  void StepBack(std::int64_t to_ms) {
    begin_ms_ = std::min(begin_ms_, to_ms);
    listed_ms_ = std::min(listed_ms_, to_ms);
  }

  /// When the growth happened that this reading shows.
  [[nodiscard]] Interval IntervalOf(const Counter& counter, const CounterRead& read) const;

  [[nodiscard]] std::uint32_t number() const { return number_; }  ///< 1 to kMostSessions, then 1 again
  [[nodiscard]] std::int64_t begin_ms() const { return begin_ms_; }
  [[nodiscard]] std::int64_t covered_before_ms() const { return covered_before_ms_; }
  [[nodiscard]] bool is_baseline_read() const { return is_baseline_read_; }
  /// Every counter that existed when the session began has been read in it.
  [[nodiscard]] bool KnowsEveryCounter() const { return is_baseline_read_ && is_baseline_whole_; }

 private:
  [[nodiscard]] bool BeganInSession(const Counter& counter, const CounterRead& read) const;

  std::uint32_t number_ = 0;
  std::int64_t begin_ms_ = 0;
  std::int64_t covered_before_ms_ = 0;
  std::int64_t listed_ms_ = 0;  ///< every counter that existed then is known; not before the session
  bool is_baseline_read_ = false;
  bool is_baseline_whole_ = false;
};

}  // namespace keymeter::processor
