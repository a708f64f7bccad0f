#pragma once

#include <cstdint>

#include "processor/metering/growth.h"
#include "processor/metering/series_registry.h"
#include "schema/metrics.h"

namespace keymeter::processor {

/// Sessions are numbered from 1 to this, then from 1 again.
inline constexpr std::uint32_t kMostSessions = (1U << 24U) - 1;

/// One metered counter hash: a series in one hour (or since the series began), as far as we have read it.
struct Counter {
  SeriesId series = 0;
  std::uint32_t session : 24 = 0;    ///< of its last reading; 0: not read since the start of the process
  bool is_dirty : 1 = false;         ///< waits in the list of dirty counters
  bool is_expected : 1 = false;      ///< its index was handed out, to have it read
  bool is_being_read : 1 = false;    ///< asked for, not judged yet
  End end : 2 = End::kNone;          ///< what events told of it since its last reading
  bool is_void : 1 = false;          ///< it ended while being read: that reading proves nothing
  bool missed_baseline : 1 = false;  ///< may have existed when the session began, and could not be read
  bool in_use : 1 = false;           ///< false: this place in the table is free
  std::int64_t hour = 0;             ///< epoch seconds of the hour that its key names, or kNoPeriod
  std::int64_t read_ms = 0;          ///< when its last reading was asked for; 0: it was never read
  std::int64_t first_event_ms = 0;   ///< arrival of the first event since then; 0: none
  Amounts reading;                   ///< the last one; zero when there is none
  std::uint32_t changed_row = 0;     ///< see ChangedReadings

  /// The end of fields says nothing more of a hash that began anew as a whole.
  void TakeEnd(End latest) {
    if (latest != End::kFields || end == End::kNone) end = latest;
  }
};
static_assert(sizeof(Counter) == 112);

/// A counter's place in the CounterTable.
using CounterIndex = std::uint32_t;

/// A counter that is being read: asked for, not judged yet.
struct CounterRead {
  CounterIndex index = 0;
  std::int64_t asked_ms = 0;
  std::int64_t first_event_ms = 0;  ///< of the events that led to it; 0: none did
  std::int64_t received_ms = 0;
  Amounts values;
  bool is_usable = false;  ///< the reply was a reading
};

}  // namespace keymeter::processor
