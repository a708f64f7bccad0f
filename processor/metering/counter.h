#pragma once

#include <cstdint>

#include "processor/metering/series_registry.h"
#include "schema/metrics.h"

namespace keymeter::processor {

inline constexpr std::uint32_t kMostSessions = (1U << 24U) - 1;

/// One metered counter hash: a series in one hour (or since it began), as far as we have read it.
struct Counter {
  SeriesId series = 0;
  std::uint32_t session : 24 = 0;  ///< of its last reading; 0: never read since the start of the process
  bool is_dirty : 1 = false;       ///< waits in the list of dirty counters
  bool is_expected : 1 = false;    ///< somebody was given its index, to have it read
  bool is_being_read : 1 = false;
  bool deletion_seen : 1 = false;    ///< since its last reading
  bool is_void : 1 = false;          ///< deleted while being read: that reading says nothing
  bool missed_baseline : 1 = false;  ///< was there when the session began, but could not be read then
  bool in_use : 1 = false;
  std::int64_t hour = 0;            ///< epoch seconds of the hour that its key names, or kNoPeriod
  std::int64_t read_ms = 0;         ///< when its last reading was asked for; 0: it was never read
  std::int64_t first_event_ms = 0;  ///< arrival of the first event since then; 0: none
  Amounts reading;                  ///< the last one; zero when there is none
  std::uint32_t changed_row = 0;    ///< see ChangedReadings
};
static_assert(sizeof(Counter) == 112);

using CounterIndex = std::uint32_t;

}  // namespace keymeter::processor
