#include "processor/metering/unwritten_rows.h"

#include <algorithm>
#include <utility>

namespace keymeter::processor {

void UnwrittenRows::AddRecovery(std::int64_t gap_from_ms, Level level, const Amounts& growth) {
  if (level > Level::kMonth) return;
  if (recoveries_.empty() || recoveries_.back().gap_from_ms != gap_from_ms)
    recoveries_.push_back({gap_from_ms, {}});
  recoveries_.back().Add(level, growth);
}

void UnwrittenRows::Drain(WriteBatch& batch, const SeriesRegistry& registry) {
  batch.new_series.reserve(registry.size() - durable_series_);
  for (; durable_series_ < registry.size(); ++durable_series_) {
    const auto id = static_cast<SeriesId>(durable_series_ + 1);
    batch.new_series.emplace_back(id, registry[id]);
  }
  batch.growth = windows_.Drain();
  batch.adjustments = std::exchange(adjustments_, {});
  batch.gaps = std::exchange(gaps_, {});
  batch.recoveries = std::exchange(recoveries_, {});
}

void UnwrittenRows::Undrain(const WriteBatch& batch, std::int64_t utc_offset_s) {
  if (!batch.new_series.empty())
    durable_series_ = std::min<std::size_t>(durable_series_, batch.new_series.front().first - 1);
  windows_.Restore(batch.growth, utc_offset_s);
  adjustments_.insert(adjustments_.begin(), batch.adjustments.begin(), batch.adjustments.end());
  gaps_.insert(gaps_.begin(), batch.gaps.begin(), batch.gaps.end());
  recoveries_.insert(recoveries_.begin(), batch.recoveries.begin(), batch.recoveries.end());
}

}  // namespace keymeter::processor
