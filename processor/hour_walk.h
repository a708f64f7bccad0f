#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "processor/counter_reader.h"
#include "processor/event_matcher.h"
#include "processor/meter.h"
#include "processor/scan_queue.h"

namespace keymeter::processor {

/// Finds the counters of a span of hours and has them read: those that the relay's index sets list, and those
/// that we know already. Import, return and sweep are this walk over different spans.
///
/// Threads: loop thread. Lifetime: borrows all that it is given. Bounds: one step of one set under way at a
/// time.
class HourWalk {
 public:
  HourWalk(const Profile& profile, EventMatcher& matcher, ScanQueue& scans, Meter& meter,
           CounterReader& reader);

  /// Hours are epoch seconds, both ends included; the newest comes first. `on_listed` is called when the
  /// counters of the span wait in the reader's backlog; `is_whole`: all of them do, no listing failed.
  void Start(std::int64_t first_hour, std::int64_t last_hour, std::int64_t utc_offset_s,
             std::function<void(bool is_whole)> on_listed);

 private:
  void WalkIndex(const CounterSpec& spec, std::int64_t hour, std::int64_t utc_offset_s);
  void WalkKeys(const CounterSpec& spec, std::int64_t first_hour, std::int64_t last_hour,
                std::int64_t utc_offset_s);
  void Expect(const CounterSpec& spec, const KeyParts& parts, std::int64_t hour);

  const Profile& profile_;
  EventMatcher& matcher_;
  ScanQueue& scans_;
  Meter& meter_;
  CounterReader& reader_;
  bool is_whole_ = true;
};

}  // namespace keymeter::processor
