#pragma once

#include <string>
#include <string_view>

namespace keymeter::processor {

/// What keymeter needs of `notify-keyspace-events`: keyevent channels (E) of hash (h), generic (g) and
/// expired (x) events. Source: redis.conf of Redis 7.
inline constexpr std::string_view kNeededNotifyFlags = "Eghx";

/// The flags of `present` with the missing ones added and none dropped; "A" stands for all classes of events.
/// Equal in meaning to `present` when nothing is missing: then `present` itself.
[[nodiscard]] std::string WithNeededNotifyFlags(std::string_view present);

}  // namespace keymeter::processor
