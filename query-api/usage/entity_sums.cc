#include "query-api/usage/entity_sums.h"

#include "schema/civil_time.h"

namespace keymeter::query_api {

EntitySumsVersion EntitySumsVersion::Of(const Snapshot& snapshot) {
  const std::int64_t offset = snapshot.state.utc_offset_s;
  const std::int64_t now = snapshot.now_ms / 1000;
  return {snapshot.version(), BucketOf(Level::kDay, now, offset), BucketOf(Level::kMonth, now, offset)};
}

std::optional<std::uint32_t> EntitySums::Find(std::string_view id) const {
  const auto found = index_->numbers.find(id);
  return found == index_->numbers.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace keymeter::query_api
