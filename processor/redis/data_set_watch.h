#pragma once

#include <functional>

#include "processor/redis/data_set.h"
#include "processor/redis/redis_link.h"

namespace keymeter::processor {

/// Looks again and again whether Redis still holds the data that was read before.
///
/// A look is answered behind all that was asked before it, so what a round of readings saw is of the data
/// that the look before it and this one agree on. Where INFO may not be asked nothing is ever seen to change.
/// Threads: loop thread. Lifetime: borrows the link. Bounds: some 120 microseconds of Redis' time a look.
class DataSetWatch {
 public:
  DataSetWatch(RedisLink& link, int database) : link_(link), database_(database) {}

  /// A session begins: what it begins with.
  void Begin(std::function<void()> on_known);
  /// What has changed since the look before.
  void Look(std::function<void(DataSetChange)> on_seen);
  void Reset() { ++generation_; }  ///< the session ended

  [[nodiscard]] const DataSetMark& mark() const { return mark_; }

 private:
  void Ask(std::initializer_list<std::string_view> sections, std::function<void(bool is_told)> on_answered);

  RedisLink& link_;
  const int database_;
  DataSetMark mark_;
  DataSetMark next_;  ///< being answered
  bool is_blind_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace keymeter::processor
