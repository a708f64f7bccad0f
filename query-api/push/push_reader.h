#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "query-api/endpoints/api_context.h"
#include "query-api/http/caller.h"
#include "query-api/push/push_topic.h"
#include "query-api/snapshot/snapshot.h"

/// What the usage file says of the things that clients subscribe to. Threads: that of the snapshot.
namespace keymeter::query_api {

struct PushState {
  std::string json;              ///< in the shape that the HTTP answers have
  std::uint64_t essence = 0;     ///< equal when there is nothing new to tell
  bool changes_by_time = false;  ///< holds a rate that falls while nothing happens
};

/// An API key, account or group as that role may see it; nothing when there is none with this id.
[[nodiscard]] Result<std::optional<PushState>> ReadEntityState(Snapshot& snapshot, UsageCaches& caches,
                                                               Role role, const PushTopic& topic);
/// The rates of the whole relay. The time of reading alone is no news.
[[nodiscard]] Result<PushState> ReadMetricsState(Snapshot& snapshot, UsageCaches& caches);
/// Why not all is well. Seconds that count on in a reason are no news.
[[nodiscard]] PushState AlertState(const std::vector<std::string>& reasons, std::int64_t now_ms);

/// At most `most` ids of that kind.
[[nodiscard]] Result<std::vector<std::string>> ReadEntityIds(Snapshot& snapshot, PushKind kind,
                                                             std::size_t most);
/// A number for each entity of the kind that was used in the newest minutes: another one when there was more
/// use. One scan of these minutes (0.3 µs a row), however many entities there are.
[[nodiscard]] Result<std::map<std::string, std::uint64_t>> ReadRecentUse(Snapshot& snapshot, PushKind kind);

}  // namespace keymeter::query_api
