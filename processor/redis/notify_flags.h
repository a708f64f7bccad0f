#pragma once

#include <string>
#include <string_view>

namespace keymeter::processor {

/// The flags of `notify-keyspace-events` without which metering by events is not trusted: keyevent channels
/// (E) of hash (h), generic (g) and expired (x) events. Source: redis.conf of Redis 7.
inline constexpr std::string_view kNeededNotifyFlags = "Eghx";
/// Those that keymeter sets: with evicted (e) events, without which an eviction looks like a correction.
inline constexpr std::string_view kWantedNotifyFlags = "Eghxe";

/// The flags of `present` and those of `wanted` beyond them ("A" stands for all classes of events). When none
/// is missing: `present` itself, unchanged.
[[nodiscard]] std::string WithNotifyFlags(std::string_view present,
                                          std::string_view wanted = kWantedNotifyFlags);
[[nodiscard]] inline bool HasNotifyFlags(std::string_view present, std::string_view wanted) {
  return WithNotifyFlags(present, wanted) == present;
}

}  // namespace keymeter::processor
