#pragma once

#include <cstdint>

/// The moment that the benchmarks of metering play in.
namespace keymeter::processor {

inline constexpr std::int64_t kHour = 1795176000;              ///< epoch seconds of an hour's start
inline constexpr std::int64_t kNowMs = kHour * 1000 + 60'500;  ///< a minute into it

}  // namespace keymeter::processor
