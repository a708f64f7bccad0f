#include "benchmarks/usage_file/rollup.h"

#include <algorithm>

namespace keymeter::usage_file {

Result<Rollup> Rollup::Make(Database& database, Level level, std::int64_t utc_offset_s, Rollup* coarser) {
  auto insert = database.Prepare(
      fmt::format("INSERT INTO usage_{} (bucket, series, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  LevelName(level), kMetricColumns));
  if (!insert) return Fail(insert.error());
  return Rollup(level, utc_offset_s, coarser, std::move(*insert));
}

Status Rollup::Add(std::int64_t moment, std::int64_t series, const Amounts& amounts) {
  const std::int64_t bucket = BucketOf(level_, moment, utc_offset_s_);
  if (bucket != bucket_) {
    if (auto closed = Close(); !closed) return closed;
    bucket_ = bucket;
  }
  open_[series] += amounts;
  return {};
}

Status Rollup::Close() {
  order_.clear();
  for (const auto& [series, amounts] : open_) order_.push_back(series);
  std::sort(order_.begin(), order_.end());  // the table's own order: SQLite only appends
  for (const std::int64_t series : order_) {
    const Amounts& amounts = open_[series];
    insert_.Bind(1, bucket_).Bind(2, series);
    for (std::size_t i = 0; i < kMetricCount; ++i) insert_.Bind(static_cast<int>(i) + 3, amounts.values[i]);
    if (auto written = insert_.Run(); !written) return written;
    if (coarser_ != nullptr)
      if (auto added = coarser_->Add(bucket_, series, amounts); !added) return added;
  }
  rows_ += static_cast<std::int64_t>(order_.size());
  open_.clear();
  return {};
}

}  // namespace keymeter::usage_file
