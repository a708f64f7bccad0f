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
#include "schema/processor_health.h"

/// Reads the states that clients subscribe to. Threads: that of the snapshot.
namespace keymeter::query_api {

struct PushState {
  std::string json;              ///< as the HTTP API answers it
  std::uint64_t essence = 0;     ///< equal essences: nothing new for a client
  bool changes_by_time = false;  ///< changes while nothing happens: a rate falls, a mark ends
};

/// An API key, account or group as that role may see it; nothing when no entity has this id.
[[nodiscard]] Result<std::optional<PushState>> ReadEntityState(Snapshot& snapshot, UsageCaches& caches,
                                                               Role role, const PushTopic& topic);
/// The rates of the whole relay. Their essence leaves out the time of reading.
[[nodiscard]] Result<PushState> ReadMetricsState(Snapshot& snapshot, UsageCaches& caches);
/// Whether all is well, and the reasons why not. Their essence leaves out amounts (seconds, counters).
[[nodiscard]] PushState AlertState(const std::vector<HealthReason>& reasons, std::int64_t now_ms);

/// The first `most` ids of that kind.
[[nodiscard]] Result<std::vector<std::string>> ReadEntityIds(Snapshot& snapshot, PushKind kind,
                                                             std::size_t most);
/// A number for each entity of the kind that was used in the newest minutes; it changes with each use. Scans
/// the rows of these minutes once (0.3 µs a row), however many entities there are.
[[nodiscard]] Result<std::map<std::string, std::uint64_t>> ReadRecentUse(Snapshot& snapshot, PushKind kind);

}  // namespace keymeter::query_api
