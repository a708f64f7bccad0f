#pragma once

#include <cstdint>

#include "schema/civil_time.h"

namespace keymeter {

/// Buckets of a level before its horizon (epoch seconds) are gone; the coarser levels hold their amounts.
/// Stored in source_state; 0: nothing is gone.
///
/// Minutes end on an hour's start, hours on a day's, days on a month's: of each coarser bucket the finer ones
/// are all there, or all gone.
struct Horizons {
  std::int64_t minutes = 0;
  std::int64_t hours = 0;
  std::int64_t days = 0;

  [[nodiscard]] std::int64_t Of(Level level) const;  ///< 0 for what is kept for ever
  /// The finest level, `level` or above it, that still has a bucket for the moment.
  [[nodiscard]] Level KeptLevel(Level level, std::int64_t moment) const;
  bool operator==(const Horizons&) const = default;
};

}  // namespace keymeter
