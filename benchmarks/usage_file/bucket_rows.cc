#include "benchmarks/usage_file/bucket_rows.h"

namespace keymeter::usage_file {

Result<BucketRows> BucketRows::Make(Database& database, std::string_view table, std::size_t series) {
  ASSIGN_OR_RETURN(auto insert,
                   database.Prepare(fmt::format(
                       "INSERT INTO {} (bucket, series, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", table,
                       kMetricColumns)));
  return BucketRows(std::move(insert), series);
}

void BucketRows::Add(std::int64_t series, const Amounts& amounts) {
  const std::size_t i = Index(series);
  if (!has_grown_[i]) {
    has_grown_[i] = true;
    order_.push_back(series);
    sums_[i] = amounts;
  } else {
    sums_[i] += amounts;
  }
}

Status BucketRows::WriteInto(std::int64_t bucket) {
  for (const std::int64_t series : order_) {
    insert_.Bind(1, bucket).Bind(2, series);
    const Amounts& sum = Of(series);
    for (std::size_t i = 0; i < kMetricCount; ++i) insert_.Bind(static_cast<int>(i) + 3, sum.values[i]);
    RETURN_IF_ERROR(insert_.Run());
  }
  written_ += static_cast<std::int64_t>(order_.size());
  Clear();
  return {};
}

void BucketRows::Clear() {
  for (const std::int64_t series : order_) has_grown_[Index(series)] = false;
  order_.clear();
}

}  // namespace keymeter::usage_file
