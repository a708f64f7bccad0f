#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "processor/metering/meter.h"
#include "processor/metering/metering_plan.h"
#include "processor/metering/offset_detector.h"
#include "processor/redis/redis_link.h"
#include "processor/source/relay_readers.h"
#include "processor/source/source_figures.h"
#include "schema/clock.h"

namespace keymeter::processor {

/// What a session works with. All of it outlives the session: the SourceSession owns or borrows all of it.
struct SessionContext {
  const Clock& clock;
  const std::int64_t poll_ms;  ///< above 0: sweeps so often, instead of events
  MeteringPlan& plan;
  OffsetDetector& offset;
  std::string& data_set;  ///< identifies the data set that all readings came from; empty: not known
  Meter& meter;
  RedisLink& link;
  RelayReaders& readers;
  SourceCounts& counts;

  [[nodiscard]] bool IsPolling() const { return poll_ms > 0; }
  /// The oldest hour (epoch seconds) of which the relay still keeps counters, of any kind that the plan
  /// names. A clock that has just jumped ahead makes nothing old, but a month at most is looked through.
  [[nodiscard]] std::int64_t OldestKeptHour() const;
  /// The farthest hour ahead that a counter may name: the relay's clock may have been there for a moment.
  [[nodiscard]] std::int64_t FarthestHour() const;
  /// Hours in which the relay may be counting now, though our clock says otherwise: one of the two has
  /// jumped, or the relay's had jumped for a moment. Empty: the clocks agree, or nobody knows.
  [[nodiscard]] std::optional<HourScan::Hours> HoursOfOtherClock() const;
};

}  // namespace keymeter::processor
