#include "tests/support/bucket_sums.h"

#include <set>
#include <sstream>

#include <fmt/format.h>

namespace keymeter::testing {

namespace {

void AddView(const DatabaseRows& rows, const std::string& kind, const std::string& view,
             const std::string& where, BucketSums& sums) {
  for (const Row& row : rows.Query(fmt::format("SELECT * FROM {}_{} WHERE {}", kind, view, where))) {
    Amounts amounts;
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      const auto metric = static_cast<Metric>(i);
      // Accounts have no cost.
      if (const auto found = row.find(std::string(MetricName(metric))); found != row.end())
        amounts[metric] = std::stoll(found->second);
    }
    sums[std::stoll(row.at("bucket"))][{kind, row.at(kind), row.at("model")}] += amounts;
  }
}

BucketSums SumViews(const DatabaseRows& rows, const std::string& view, const std::string& where) {
  BucketSums sums;
  AddView(rows, "api_key", view, where, sums);
  AddView(rows, "account", view, where, sums);
  return sums;
}

std::string AtBucket(std::int64_t bucket, const std::string& differences) {
  std::istringstream lines(differences);
  std::string text;
  for (std::string line; std::getline(lines, line);)
    text += fmt::format("{} {}\n", FormatRfc3339(bucket * 1000), line);
  return text;
}

UsageSums At(const BucketSums& sums, std::int64_t bucket) {
  const auto found = sums.find(bucket);
  return found == sums.end() ? UsageSums{} : found->second;
}

/// What of `amounts` is above `most`, a line each.
std::string Excess(const UsageId& id, const Amounts& most, const Amounts& amounts) {
  std::string text;
  for (std::size_t i = 0; i < kMetricCount; ++i)
    if (amounts.values[i] > most.values[i])
      text += fmt::format("{} {} {} {}: {}, at most {}\n", id.kind, id.entity, id.model,
                          MetricName(static_cast<Metric>(i)), amounts.values[i], most.values[i]);
  return text;
}

}  // namespace

BucketSums SumBuckets(const DatabaseRows& rows, Level level) {
  return SumViews(rows, fmt::format("usage_{}", LevelName(level)), "true");
}

BucketSums SumUntimed(const DatabaseRows& rows, Level level) {
  return SumViews(rows, "untimed", fmt::format("level = '{}'", LevelName(level)));
}

BucketSums Coarser(const BucketSums& sums, Level level, std::int64_t utc_offset_s) {
  BucketSums coarser;
  for (const auto& [bucket, usage] : sums)
    for (const auto& [id, amounts] : usage) coarser[BucketOf(level, bucket, utc_offset_s)][id] += amounts;
  return coarser;
}

std::string Differences(const BucketSums& expected, const BucketSums& actual) {
  std::set<std::int64_t> buckets;
  for (const auto& [bucket, usage] : expected) buckets.insert(bucket);
  for (const auto& [bucket, usage] : actual) buckets.insert(bucket);
  std::string text;
  for (const std::int64_t bucket : buckets)
    text += AtBucket(bucket, Differences(At(expected, bucket), At(actual, bucket)));
  return text;
}

std::string Excess(const BucketSums& most, const BucketSums& sums) {
  std::string text;
  for (const auto& [bucket, usage] : sums) {
    UsageSums bounds = At(most, bucket);
    for (const auto& [id, amounts] : usage) text += AtBucket(bucket, Excess(id, bounds[id], amounts));
  }
  return text;
}

}  // namespace keymeter::testing
