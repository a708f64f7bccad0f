#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "query-api/snapshot/snapshot.h"
#include "query-api/usage/entity_sums.h"
#include "query-api/usage/usage_caches.h"
#include "query-api/usage/usage_summary.h"

namespace keymeter::query_api {

/// What every entity of a kind used, for one answer: today, this month, in all (see EntitySums), and right
/// now.
///
/// For lists and for sums over many entities; one API key alone is read by UsageReader.
/// Threads: const, any. Bounds: 56 bytes an entity besides its sums, which answers share.
class EntityTotals {
 public:
  /// `moment_ms`: the rates are those of that time, and not of now.
  static Result<EntityTotals> Read(Snapshot& snapshot, UsageCaches& caches, SeriesCatalog::Kind kind,
                                   std::optional<std::int64_t> moment_ms = {});

  [[nodiscard]] SeriesCatalog::Kind kind() const { return sums_->kind(); }
  /// All zero for an entity that used nothing.
  [[nodiscard]] UsageSummary Of(std::string_view id) const;

 private:
  EntityTotals(std::shared_ptr<const EntitySums> sums, std::int64_t now_ms)
      : sums_(std::move(sums)), now_ms_(now_ms), rates_(sums_->entities(), LiveRates(now_ms)) {}
  void AddMinute(std::int64_t bucket, const UsageBlock& block);

  std::shared_ptr<const EntitySums> sums_;
  std::int64_t now_ms_;
  std::vector<LiveRates> rates_;  ///< by the catalog's number
};

}  // namespace keymeter::query_api
