#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "tests/support/bucket_sums.h"

namespace keymeter::testing {

/// Bounds for the rows of minutes: the least and the most that each may hold, derived from when amounts were
/// written and when the processor read them.
///
/// An amount that was read in its own minute must be in that minute's row. One that was read after the end of
/// its minute, but within a tick, must be there too, and amounts of the next minute may be there with it. One
/// that was read later, or written while nobody watched, is in its minute or has no minute.
class MinuteTruth {
 public:
  /// Written at `at_ms` into the counter of `hour` (epoch seconds): the minute is clamped into it.
  void Write(const UsageId& id, std::int64_t hour, std::int64_t at_ms, const Amounts& amounts);
  void Read(std::int64_t now_ms);  ///< the processor has read everything
  void Miss();                     ///< the processor ended and may have read a part
  [[nodiscard]] bool IsRead() const { return unread_.empty(); }

  [[nodiscard]] const BucketSums& written() const { return written_; }
  [[nodiscard]] const BucketSums& at_least() const { return at_least_; }
  [[nodiscard]] const BucketSums& at_most() const { return at_most_; }

 private:
  struct Writing {
    std::int64_t at_ms;
    Amounts amounts;
  };
  using Counter = std::pair<std::int64_t, UsageId>;  ///< hour and series

  static std::int64_t MinuteOf(const Counter& counter, std::int64_t at_ms);
  void Allow(const Counter& counter, const std::vector<Writing>& writings);

  std::map<Counter, std::vector<Writing>> unread_;
  BucketSums written_;
  BucketSums at_least_;
  BucketSums at_most_;
};

}  // namespace keymeter::testing
