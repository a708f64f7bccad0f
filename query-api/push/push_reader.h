#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "query-api/endpoints/account_groups.h"
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

/// Reads API keys, accounts and groups from one snapshot. What all accounts used is read for the first
/// account or group, who is in which group for the first account, and each once.
///
/// Threads: that of the snapshot. Lifetime: borrows snapshot and caches. Bounds: those of AccountsState.
class EntityReader {
 public:
  EntityReader(Snapshot& snapshot, UsageCaches& caches) : snapshot_(snapshot), caches_(caches) {}
  EntityReader(const EntityReader&) = delete;
  EntityReader& operator=(const EntityReader&) = delete;

  /// As that role may see it; nothing when no entity has this id.
  [[nodiscard]] Result<std::optional<PushState>> Read(Role role, const PushTopic& topic);

 private:
  [[nodiscard]] Result<const EntityTotals*> Totals();
  [[nodiscard]] Result<const AccountsState*> TotalsAndGroups();
  [[nodiscard]] Result<std::optional<Json>> JsonOf(Role role, const PushTopic& topic);

  Snapshot& snapshot_;
  UsageCaches& caches_;
  std::optional<AccountsState> accounts_{};
  bool has_groups_ = false;  ///< accounts_ has its groups, too
};

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
