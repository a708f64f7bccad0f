#include "query-api/usage/entity_totals.h"

#include "schema/civil_time.h"

namespace keymeter::query_api {

Result<EntityTotals> EntityTotals::Read(Snapshot& snapshot, UsageCaches& caches, SeriesCatalog::Kind kind,
                                        std::optional<std::int64_t> moment_ms) {
  ASSIGN_OR_RETURN(auto sums, caches.sums.Of(snapshot, kind));
  const std::int64_t now_ms = moment_ms.value_or(snapshot.now_ms);
  EntityTotals totals(std::move(sums), now_ms);
  const std::int64_t newest = BucketOf(Level::kMinute, now_ms / 1000, 0);
  RETURN_IF_ERROR(caches.blocks.Each(
      snapshot, UsageTable::kMinute, LiveRates(now_ms).first_bucket(), newest + kMinuteSeconds,
      [&](std::int64_t bucket, const UsageBlocks::Block& block) { totals.AddMinute(bucket, *block); }));
  return totals;
}

void EntityTotals::AddMinute(std::int64_t bucket, const UsageBlock& block) {
  const auto& entries = sums_->catalog().entries();
  for (std::size_t row = 0; row < block.rows(); ++row) {
    const std::uint32_t series = block.Series(row);
    if (series >= entries.size() || entries[series].kind != sums_->kind()) continue;
    UsageSum usage;
    usage.requests = block.At(BlockColumn::kRequests, row);
    usage.input_tokens = block.At(BlockColumn::kInputTokens, row);
    usage.output_tokens = block.At(BlockColumn::kOutputTokens, row);
    usage.cache_create_tokens = block.At(BlockColumn::kCacheCreateTokens, row);
    usage.cache_read_tokens = block.At(BlockColumn::kCacheReadTokens, row);
    rates_[entries[series].entity].Add(bucket, usage);
  }
}

UsageSummary EntityTotals::Of(std::string_view id) const {
  const auto entity = sums_->Find(id);
  if (!entity) return {{}, {}, {}, LiveRates(now_ms_)};
  return {sums_->today(*entity), sums_->month(*entity), sums_->total(*entity), rates_[*entity]};
}

}  // namespace keymeter::query_api
