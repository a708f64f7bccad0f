#pragma once

#include <cstdint>
#include <optional>

#include "schema/civil_time.h"
#include "schema/metrics.h"

/// The three rules that make the numbers exact (see DESIGN.md), as pure functions.
namespace keymeter::processor {

enum class FallReason : std::uint8_t { kReset, kRollback, kCorrection };
[[nodiscard]] std::string_view FallReasonName(FallReason reason);  ///< "reset", "rollback", "correction"

/// What one more reading of a counter hash says, decided for the hash as a whole.
struct Verdict {
  Amounts growth;                  ///< to be counted; zero when the hash fell without having been deleted
  std::optional<FallReason> fall;  ///< set when relay and rows part: what the relay's values lost is `lost`
  Amounts lost;                    ///< before - after: positive where the value fell
};

struct ReadingContext {
  bool deletion_seen = false;  ///< its `del` or `expired` arrived since the reading before
  bool was_away = false;       ///< the reading before is of an earlier session
};

/// Rule 1: an amount is the difference of two readings of the same counter hash. `before` is zero for a hash
/// that was never read; `now` is zero for one that is gone.
[[nodiscard]] Verdict Compare(const Amounts& before, const Amounts& now, const ReadingContext& context);

/// When growth happened, epoch milliseconds: rule 2.
struct Interval {
  std::int64_t from_ms;
  std::int64_t to_ms;
  /// The lower end is the arrival of an event, so the growth lies close behind it.
  bool begins_with_event = false;
};

/// In place of an hour: a cumulative counter, whose key names none.
inline constexpr std::int64_t kNoPeriod = 0;

/// Where growth is recorded: rule 3.
struct Placement {
  Level level;
  std::int64_t bucket;  ///< epoch seconds
};

/// The finest bucket that surely holds the interval, for a counter of the hour that starts at `hour` (epoch
/// seconds).
///
/// A cumulative counter (kNoPeriod) goes by our clock alone: the minute, hour, day or month that holds the
/// interval, days and months beginning at midnight of `utc_offset_s`; else the total.
///
/// The relay's clock says the hour, ours only the minute within it: what arrives up to ten minutes before or
/// behind the hour's edges lands in its first or last minute; a counter of any other hour has no minute. An
/// interval that begins with an event may cross a minute's edge by as much as a tick lasts: it belongs to the
/// event's minute.
[[nodiscard]] Placement Place(const Interval& interval, std::int64_t hour, std::int64_t utc_offset_s);

}  // namespace keymeter::processor
