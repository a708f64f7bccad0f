#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "schema/profile.h"

namespace keymeter::processor {

/// Why a key that looks like a counter's is not metered.
enum class KeyRefusal : std::uint8_t { kNoTime, kAhead, kTooOld, kAmbiguous };
inline constexpr std::size_t kKeyRefusals = 4;
[[nodiscard]] std::string_view KeyRefusalText(KeyRefusal refusal);

/// How far ahead of our clock the relay's may be: a month, since either of them may be set wrongly for days.
inline constexpr std::int64_t kMostAheadS = 31 * kDaySeconds;

/// Whether a relay can have written the hour that a key names: none that lies further ahead than its clock
/// may be, none older than all dated counters that it keeps. Pure.
///
/// `naive_hour`: what the key names, as if it were UTC; empty: no time at all ("2026-02-30", hour 24).
/// `utc_offset_s`: empty while it is not known, when every offset on earth is allowed for.
[[nodiscard]] std::optional<KeyRefusal> RefusalOf(const CounterSpec& spec,
                                                  std::optional<std::int64_t> naive_hour,
                                                  std::optional<std::int64_t> utc_offset_s,
                                                  std::int64_t now_ms);

}  // namespace keymeter::processor
