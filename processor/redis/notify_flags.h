#pragma once

#include <string>
#include <string_view>

namespace keymeter::processor {

/// The flags of `notify-keyspace-events` that keymeter needs: keyevent channels (E) of hash (h), generic (g)
/// and expired (x) events. Source: redis.conf of Redis 7.
inline constexpr std::string_view kNeededNotifyFlags = "Eghx";

/// The flags of `present` and those that keymeter needs beyond them ("A" stands for all classes of events).
/// When none is missing: `present` itself, unchanged.
[[nodiscard]] std::string WithNeededNotifyFlags(std::string_view present);

}  // namespace keymeter::processor
