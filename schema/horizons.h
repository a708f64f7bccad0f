#pragma once

#include <cstdint>

#include "schema/civil_time.h"

namespace keymeter {

/// From when on each level has buckets, epoch seconds. Retention has removed the buckets before; the coarser
/// levels hold their amounts. 0: nothing was removed. Stored in source_state.
///
/// The horizon of minutes is the start of an hour, that of hours the start of a day, that of days the start
/// of a month: so the finer buckets of a coarser one are either all there or all removed.
struct Horizons {
  std::int64_t minutes = 0;
  std::int64_t hours = 0;
  std::int64_t days = 0;

  [[nodiscard]] std::int64_t Of(Level level) const;  ///< 0 for a level that is kept for ever
  /// The finest level, `level` or above it, that still has a bucket for the moment.
  [[nodiscard]] Level KeptLevel(Level level, std::int64_t moment) const;
  bool operator==(const Horizons&) const = default;
};

}  // namespace keymeter
