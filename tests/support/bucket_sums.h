#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "schema/civil_time.h"
#include "tests/support/database_rows.h"
#include "tests/support/usage_sums.h"

namespace keymeter::testing {

/// Usage by bucket: epoch seconds of its start.
using BucketSums = std::map<std::int64_t, UsageSums>;

/// All rows of a level, keys and accounts together. Of kMinute to kMonth.
[[nodiscard]] BucketSums SumBuckets(const DatabaseRows& rows, Level level);
/// The amounts that have no finer time than this level: kHour to kMonth.
[[nodiscard]] BucketSums SumUntimed(const DatabaseRows& rows, Level level);

/// The same sums by buckets of a coarser level.
[[nodiscard]] BucketSums Coarser(const BucketSums& sums, Level level, std::int64_t utc_offset_s);

/// Like Differences of usage_sums.h; each line begins with the time of its bucket.
[[nodiscard]] std::string Differences(const BucketSums& expected, const BucketSums& actual);

/// Every value that is larger than the same one in `most`, in lines of the same form; "" when none is.
[[nodiscard]] std::string Excess(const BucketSums& most, const BucketSums& sums);

}  // namespace keymeter::testing
