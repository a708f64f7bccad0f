#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/redis/scan_queue.h"
#include "processor/source/counter_reader.h"
#include "processor/source/key_search.h"

namespace keymeter::processor {

/// Finds the counters of a span of hours and has them read: those that we know already, those that the
/// relay's index sets list, and those that a search of the whole key space finds besides. Counters without an
/// hour (cumulative ones) belong to every span. Import, return, sweep and audit are this scan over different
/// spans.
///
/// Only a search proves that all counters were found: see KeySearch. The sets come first, because they show
/// the newest hours at once.
/// Threads: loop thread. Lifetime: borrows all that it is given. Bounds: one step of one listing under way at
/// a time, or a few thousand known counters in a turn of the loop; it waits while IsFull.
/// Tested by tests/integration/unlisted_counters_test.cc, import_test.cc and falls_test.cc.
class HourScan {
 public:
  /// `on_new_series(kind, id)`: a series was found that was not known before.
  HourScan(const MeteringPlan& plan, ScanQueue& scans, KeySearch& search, Meter& meter, CounterReader& reader,
           std::function<void(EntityKind, std::string_view)> on_new_series)
      : plan_(plan),
        scans_(scans),
        search_(search),
        meter_(meter),
        reader_(reader),
        on_new_series_(std::move(on_new_series)) {}

  struct Hours {
    std::int64_t first = 0;  ///< epoch seconds
    std::int64_t last = 0;   ///< included
  };
  struct Span {
    std::int64_t first_hour = 0;       ///< epoch seconds
    std::int64_t last_hour = 0;        ///< included; the newest comes first
    std::optional<Hours> others = {};  ///< as well, before or after these
    /// The search takes counters of earlier hours, too, from this one on, if they were never read;
    std::int64_t oldest_hour = std::numeric_limits<std::int64_t>::max();
    std::int64_t newest_hour = 0;  ///< and of later ones, up to this one.
    std::int64_t utc_offset_s = 0;
    bool is_thorough = true;  ///< searches the key space
    bool may_search = false;  ///< the same, if a set lacks counters that we know
  };
  struct Outcome {
    bool is_proved = false;  ///< every counter of the span was found
    bool is_whole = false;   ///< proved, or no set failed, nor lacks a counter that we know
    bool has_searched = false;
  };

  /// `on_listed` is called when the counters of the span wait in the reader's backlog.
  void Start(const Span& span, std::function<void(const Outcome&)> on_listed);
  void OnCounterKey(std::size_t spec, const KeyParts& parts);  ///< a search has found it
  void Reset();                                                ///< the session ended
  /// So many counters wait to be read, or readings to be written, that no more should be looked for.
  [[nodiscard]] bool IsFull() const;

 private:
  /// An index set: the place of its counter in the plan, and its hour.
  using SetOf = std::pair<std::size_t, std::int64_t>;

  [[nodiscard]] std::vector<Hours> Ranges() const;
  [[nodiscard]] bool IsWithin(std::int64_t hour) const;
  bool ExpectKnown(CounterTable::Span& known);
  void ListSets(std::size_t number);
  void ListSet(std::size_t number, std::int64_t hour);
  void Search();
  void OnListed();
  [[nodiscard]] bool DoSetsLackCounters() const;
  void Expect(const CounterSpec& spec, const KeyParts& parts, std::int64_t hour);

  const MeteringPlan& plan_;
  ScanQueue& scans_;
  KeySearch& search_;
  Meter& meter_;
  CounterReader& reader_;
  std::function<void(EntityKind, std::string_view)> on_new_series_;
  Span span_;
  std::function<void(const Outcome&)> on_listed_;
  std::map<SetOf, std::int64_t> unlisted_;  ///< by set: counters that we know, less its members
  bool have_sets_failed_ = false;           ///< one could not be listed, or there is none by the profile
  bool is_searching_ = false;
  Outcome outcome_;
};

}  // namespace keymeter::processor
