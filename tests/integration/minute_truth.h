#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "tests/support/bucket_sums.h"

namespace keymeter::testing {

/// What the rows of minutes must hold and may hold, from when amounts were written and by when they were
/// read.
///
/// An amount that was read in its own minute stands there. One that was read behind the minute's edge does so
/// when that was within a tick, and then may have amounts of the next minute with it; read later than that,
/// or written while nobody watched, it stands in its minute or in none.
class MinuteTruth {
 public:
  /// Written at `at_ms` into the counter of `hour` (epoch seconds): the minute is clamped into it.
  void Write(const UsageId& id, std::int64_t hour, std::int64_t at_ms, const Amounts& amounts);
  void Read(std::int64_t now_ms);  ///< all that was written has been read by now
  void Miss();                     ///< some of it was perhaps read, the rest was not
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
