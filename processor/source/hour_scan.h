#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/redis/scan_queue.h"
#include "processor/source/counter_reader.h"

namespace keymeter::processor {

/// Finds the counters of a span of hours and has them read: those that the relay's index sets list, and those
/// that we know already. Counters without an hour (cumulative ones) belong to every span. Import, return and
/// sweep are this scan over different spans.
///
/// A thorough scan also searches the whole key space (SCAN) for counters of which no index set exists.
/// Threads: loop thread. Lifetime: borrows all that it is given. Bounds: one step of one set under way at a
/// time, or a few thousand known counters in a turn of the loop; it waits while 100,000 are to be read.
/// Tested by tests/integration/import_test.cc and falls_test.cc.
class HourScan {
 public:
  /// `on_new_series(kind, id)`: a series was found that was not known before.
  HourScan(const MeteringPlan& plan, ScanQueue& scans, Meter& meter, CounterReader& reader,
           std::function<void(EntityKind, std::string_view)> on_new_series);

  struct Span {
    std::int64_t first_hour;  ///< epoch seconds
    std::int64_t last_hour;   ///< included; the newest comes first
    std::int64_t utc_offset_s;
    bool is_thorough = true;
  };

  /// `on_listed` is called when the counters of the span wait in the reader's backlog; `is_whole`: all of
  /// them do, no listing failed.
  void Start(const Span& span, std::function<void(bool is_whole)> on_listed);

  /// Whether index sets list every counter that is metered in these hours: then a scan is whole without being
  /// thorough.
  [[nodiscard]] bool IsIndexed(std::int64_t first_hour, std::int64_t last_hour) const;

 private:
  void WalkSpec(std::size_t number, const Span& span);
  void WalkIndex(const CounterSpec& spec, std::int64_t hour, std::int64_t utc_offset_s);
  void WalkKeys(std::size_t number, const Span& span);
  void Expect(const CounterSpec& spec, const KeyParts& parts, std::int64_t hour);

  const MeteringPlan& plan_;
  ScanQueue& scans_;
  Meter& meter_;
  CounterReader& reader_;
  std::function<void(EntityKind, std::string_view)> on_new_series_;
  bool is_whole_ = true;
};

}  // namespace keymeter::processor
