#include "benchmarks/usage_file/rollup.h"

#include <algorithm>

namespace keymeter::usage_file {

Result<Rollup> Rollup::Make(Database& database, Level level, std::int64_t utc_offset_s, Rollup* coarser) {
  ASSIGN_OR_RETURN(auto insert,
                   database.Prepare(fmt::format(
                       "INSERT INTO usage_{} (bucket, series, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       LevelName(level), kMetricColumns)));
  return Rollup(level, utc_offset_s, coarser, std::move(insert));
}

Status Rollup::Add(std::int64_t moment, std::int64_t series, const Amounts& amounts) {
  const std::int64_t bucket = BucketOf(level_, moment, utc_offset_s_);
  if (bucket != bucket_) {
    RETURN_IF_ERROR(Close());
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
    RETURN_IF_ERROR(insert_.Run());
    if (coarser_ != nullptr) RETURN_IF_ERROR(coarser_->Add(bucket_, series, amounts));
  }
  rows_ += static_cast<std::int64_t>(order_.size());
  open_.clear();
  return {};
}

}  // namespace keymeter::usage_file
