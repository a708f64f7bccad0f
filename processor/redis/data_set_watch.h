#pragma once

#include <functional>

#include "processor/redis/data_set.h"
#include "processor/redis/redis_link.h"

namespace keymeter::processor {

/// Looks, once for each round of readings, whether Redis still holds the data set that was read before.
///
/// Redis answers a look after everything that was asked before it. So when a look finds no change, the
/// readings between it and the look before are of that data set. Where INFO is forbidden, no change is ever
/// seen.
/// Threads: loop thread. Lifetime: borrows the link; callbacks are dropped uncalled when the session ends.
/// Bounds: some 120 microseconds of Redis' time a look.
///
/// Tested by tests/integration/falls_test.cc; what a look means by tests/processor/redis/data_set_test.cc.
class DataSetWatch {
 public:
  DataSetWatch(RedisLink& link, int database) : link_(link), database_(database) {}

  /// A session begins: notes the data set that it begins with.
  void Begin(std::function<void()> on_known);
  /// Says what has changed since the look before.
  void Look(std::function<void(DataSetChange)> on_seen);
  void Reset() { ++generation_; }  ///< the session ended

  [[nodiscard]] const DataSetMark& mark() const { return mark_; }

 private:
  void Ask(std::initializer_list<std::string_view> sections, std::function<void(bool is_told)> on_answered);

  RedisLink& link_;
  const int database_;
  DataSetMark mark_;       ///< of the last look
  DataSetMark next_;       ///< of the look under way
  bool is_blind_ = false;  ///< INFO is forbidden
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
