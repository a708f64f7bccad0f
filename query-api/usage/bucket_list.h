#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "query-api/snapshot/snapshot.h"

namespace keymeter::query_api {

/// The buckets in [first, end) of which a table has rows: one look-up each, whatever the number of rows.
/// Tested by tests/query-api/usage/usage_reader_test.cc.
[[nodiscard]] Result<std::vector<std::int64_t>> BucketsOf(
    Snapshot& snapshot, std::string_view table, std::int64_t first,
    std::int64_t end = std::numeric_limits<std::int64_t>::max());

/// "[1,2,3]": numbers as one parameter, for json_each.
template <typename Numbers>
[[nodiscard]] std::string JsonArrayOf(const Numbers& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ","));
}

}  // namespace keymeter::query_api
