#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/entity_sums.h"
#include "query-api/usage/usage.h"

namespace keymeter::query_api {

/// What every entity of a kind used, for one answer: today, this month, in all (see EntitySums), and right
/// now.
///
/// For lists, and for what adds many entities up; one API key alone is UsageReader's.
/// Threads: const, any. Bounds: 40 bytes an entity beyond its sums, which answers share.
class EntityTotals {
 public:
  static Result<EntityTotals> Read(Snapshot& snapshot, SeriesCatalog::Kind kind);

  /// All zero for one that used nothing.
  [[nodiscard]] EntityUsage Of(std::string_view id) const;

 private:
  EntityTotals(std::shared_ptr<const EntitySums> sums, std::int64_t now_ms)
      : sums_(std::move(sums)), now_ms_(now_ms), rates_(sums_->entities(), LiveRates(now_ms)) {}
  void AddMinute(std::int64_t bucket, const UsageBlock& block);

  std::shared_ptr<const EntitySums> sums_;
  std::int64_t now_ms_;
  std::vector<LiveRates> rates_;  ///< by the catalog's number
};

}  // namespace keymeter::query_api
