#pragma once

#include <cstdint>
#include <optional>

#include "schema/civil_time.h"
#include "schema/metrics.h"

/// The three rules that make the numbers exact (see processor/DESIGN.md), as pure functions.
namespace keymeter::processor {

/// Why the values of a counter hash fell.
enum class FallReason : std::uint8_t {
  kReset,       ///< its end, or that of fields, was seen; the new values count in full
  kRollback,    ///< it fell while we were away, or the data set was replaced by an older one; nothing counts
  kCorrection,  ///< it fell while we watched, without a deletion; nothing counts
};
[[nodiscard]] std::string_view FallReasonName(FallReason reason);  ///< "reset", "rollback", "correction"

/// What one more reading of a counter hash means, decided for the hash as a whole. A plain value.
struct Verdict {
  Amounts growth;  ///< to count; zero when the hash fell without having been deleted
  /// Set when the relay's values fell: our rows then hold `lost` more than the relay.
  std::optional<FallReason> fall;
  Amounts lost;  ///< before - after: positive where a value fell
};

/// What events told of a counter hash since the reading before: the last of its ends counts.
enum class End : std::uint8_t {
  kNone,
  kFields,    ///< some of its fields were deleted or expired; which ones is not announced
  kWhole,     ///< it was deleted, expired, was evicted, or was renamed: what is there now began anew
  kReplaced,  ///< a value from elsewhere was put in its place: by RESTORE, RENAME, COPY or MOVE
};

/// What else is known about the time between the two readings. A plain value.
struct ReadingContext {
  End end = End::kNone;
  bool was_away = false;  ///< the reading before belongs to an earlier session
  /// What our rows hold beyond the reading before, by earlier falls: only matters with kReplaced.
  Amounts beyond = {};
};

/// Rule 1: an amount is the difference of two readings of the same counter hash. `before` is zero for a hash
/// that was never read; `now` is zero for one that is gone.
///
/// A value that was put in the hash's place may be an older state of the same counter, or what was renamed
/// away before: so only what it holds beyond all that our rows hold already is growth.
[[nodiscard]] Verdict Compare(const Amounts& before, const Amounts& now, const ReadingContext& context);

/// When growth happened, epoch milliseconds: rule 2.
struct Interval {
  std::int64_t from_ms;
  std::int64_t to_ms;
  /// It begins with the arrival of an event, so the growth happened close to that.
  bool begins_with_event = false;
};

/// In place of an hour: the counter is cumulative, its key names no hour.
inline constexpr std::int64_t kNoPeriod = 0;

/// Where growth is recorded: rule 3.
struct Placement {
  Level level;
  std::int64_t bucket;  ///< epoch seconds
};

/// The finest bucket that surely contains the interval, for a counter of the hour that begins at `hour`
/// (epoch seconds).
///
/// A cumulative counter (kNoPeriod) is placed by our clock alone: into the minute, hour, day or month that
/// contains the interval (days and months begin at midnight of `utc_offset_s`), else into the total.
///
/// For all others the relay's clock says the hour, ours only the minute within it: what arrives up to ten
/// minutes before or after the hour lands in its first or last minute; what arrives at any other time has no
/// minute. An interval that begins with an event may cross a minute's edge by up to kEdgeToleranceMs (250
/// ms): it belongs to the event's minute.
[[nodiscard]] Placement Place(const Interval& interval, std::int64_t hour, std::int64_t utc_offset_s);

}  // namespace keymeter::processor
