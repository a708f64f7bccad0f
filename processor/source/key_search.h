#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "processor/metering/event_matcher.h"
#include "processor/metering/metering_plan.h"
#include "processor/redis/scan_queue.h"

namespace keymeter::processor {

/// Walks all keys of the database (SCAN) and says which of them are counters, entities and groups.
///
/// An index set proves what it lists, never that it lists all: older relays have none, an upgrade begins one
/// in the middle of an hour, migrations leave some out. Only this search proves that nothing else is there.
/// Redis looks at every key, whatever the pattern (about a microsecond a key), so one walk serves everybody
/// who asks before it begins. Not for what one set tells: see HourScan and EntityReader.
/// Threads: loop thread. Lifetime: borrows all that it is given; outlives sessions. Bounds: those of
/// ScanQueue; paced.
/// Tested by tests/processor/source/key_search_test.cc.
class KeySearch {
 public:
  /// Each key of a kind that the profile knows; one key may come twice. `spec`: as in EventMatcher::Match.
  struct Handler {
    std::function<void(std::size_t spec, const KeyParts& parts)> on_counter;
    std::function<void(std::size_t spec, std::string_view id)> on_entity;
    std::function<void(std::string_view id)> on_group;
  };
  KeySearch(const MeteringPlan& plan, ScanQueue& scans, Handler handler)
      : plan_(plan), scans_(scans), handler_(std::move(handler)) {}

  /// Queues a walk behind all that is queued, or shares the one that has not begun yet. `is_whole`: every key
  /// that existed when it began, and still exists, was seen.
  void Start(std::function<void(bool is_whole)> on_done);
  void Reset();  ///< the session ended: what was asked for is dropped

 private:
  using Waiting = std::vector<std::function<void(bool is_whole)>>;

  void Begin();
  void OnKey(std::string_view key);
  void OnDone(bool is_whole);

  const MeteringPlan& plan_;
  ScanQueue& scans_;
  const Handler handler_;
  std::optional<EventMatcher> matcher_;  ///< of the walk under way
  Waiting waiting_;                      ///< for a walk that has not begun; empty: none is queued
  Waiting served_;                       ///< by the walk under way
};

}  // namespace keymeter::processor
