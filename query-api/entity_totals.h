#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "query-api/snapshot.h"
#include "query-api/usage.h"

namespace keymeter::query_api {

/// What every entity of a kind used: today, this month, in all, and right now.
class EntityTotals {
 public:
  /// `kind`: "api_key" or "account".
  static Result<EntityTotals> Read(Snapshot& snapshot, std::string_view kind);

  /// All zero for one that used nothing.
  [[nodiscard]] EntityUsage Of(std::string_view entity) const;

 private:
  explicit EntityTotals(std::int64_t now_ms) : now_ms_(now_ms) {}

  std::int64_t now_ms_;
  std::unordered_map<std::string, EntityUsage> usage_;
};

}  // namespace keymeter::query_api
