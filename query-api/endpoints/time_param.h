#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "query-api/http/params.h"
#include "schema/error.h"

namespace keymeter::query_api {

enum class Edge : std::uint8_t { kStart, kEnd };

/// A moment that a client names, as epoch milliseconds: an RFC 3339 time, or a day of the source's offset
/// (2026-11-20), which is its midnight, or as an end the one after it. Nothing when it is not given.
///
/// Errors are kInvalid and name the parameter. Pure.
[[nodiscard]] Result<std::optional<std::int64_t>> TimeParam(const Params& params, std::string_view name,
                                                            Edge edge, std::int64_t utc_offset_s);

/// What is wrong with a parameter that is no such moment.
[[nodiscard]] Error NoTime(std::string_view name);

}  // namespace keymeter::query_api
