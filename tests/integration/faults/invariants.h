#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/integration/faults/imported_usage.h"
#include "tests/integration/faults/relay_hashes.h"
#include "tests/support/database_rows.h"
#include "tests/support/fast_clock.h"

namespace keymeter::testing {

/// What must hold when traffic and faults have ended and the processor is quiet. Each says what is wrong, a
/// line each; "" when all is well.

/// Every hour row is the relay's hash of that hour plus our adjustments of it: per series and metric, in both
/// directions. That holds through every fault, also where new traffic overtook a fall before it was read:
/// what we then do not see falls out of both sides. Hours without a model come by imports only: see
/// ImportDifferences.
[[nodiscard]] std::string HourDifferences(const DatabaseRows& rows, RedisClient& redis);

/// The same for days, by the relay's day hashes. Where a fault broke a request off between its day and its
/// hour the relay contradicts itself: those days are left to Contradictions (days are sums of hours).
///
/// An audit takes what a day holds before its hour is read. When a reset deletes both before that, the hour's
/// new growth stands for what was taken, as far as it goes. The rest stays untimed in the day's row, and the
/// next audit settles it by an adjustment of the day: that much, and only where both say so, the row holds
/// more. That the relay wrote it is left to Surplus.
[[nodiscard]] std::string DayDifferences(const DatabaseRows& rows, const LevelSums& relay_hours,
                                         const LevelSums& relay_days);

/// No hour row holds more than the relay ever tried to write, nor a day row (of days that no import names):
/// nothing counts twice.
[[nodiscard]] std::string Surplus(const DatabaseRows& rows, const LevelSums& written,
                                  const ImportedUsage& imported);

/// Days and months before all traffic, which come by imports only. What Redis holds of them by model is what
/// our rows hold, to the unit. Where it was lost before it was read, they may hold nothing, or what was known
/// of all models together; but never more than was imported. And no later row is without a model.
[[nodiscard]] std::string ImportDifferences(const DatabaseRows& rows, RedisClient& redis,
                                            const ImportedUsage& imported);

/// What has no hour was found by an audit, and is listed. Not so where all that the relay keeps is read for
/// the first time, and once more when an offset was taken back.
[[nodiscard]] std::string NotRecovered(const DatabaseRows& rows);

/// The file alone: levels nest, nothing is negative, drift is empty, gaps are sane, SQLite finds it whole.
[[nodiscard]] std::string Contradictions(const DatabaseRows& rows);

/// Gaps of one reason that overlap, although one run of the program's clock (from one setting of it to the
/// next) showed all of their time. Where several did, they may: time comes twice after a step back, and a gap
/// lists what a step ahead left out, which may come yet.
[[nodiscard]] std::string OverlapsOfGaps(const DatabaseRows& rows, const std::vector<ClockRun>& runs);

}  // namespace keymeter::testing
