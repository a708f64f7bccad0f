#include "query-api/usage/live_rates.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

constexpr std::int64_t kLongWindowMinutes = 10;

}  // namespace

LiveRates::LiveRates(std::int64_t now_ms)
    : newest_(BucketOf(Level::kMinute, now_ms / 1000, 0)),
      elapsed_(static_cast<double>(now_ms - newest_ * 1000) / 60'000.0) {}

double LiveRates::Weight(std::int64_t bucket, std::int64_t window_minutes) const {
  const std::int64_t oldest = newest_ - window_minutes * kMinuteSeconds;
  if (bucket < oldest) return 0;
  return bucket == oldest ? 1 - elapsed_ : 1;
}

void LiveRates::Add(std::int64_t bucket, const UsageSum& usage) {
  rpm_ += static_cast<double>(usage.requests) * Weight(bucket, 1);
  tpm_ += static_cast<double>(usage.TotalTokens()) * Weight(bucket, 1);
  requests_10m_ += static_cast<double>(usage.requests) * Weight(bucket, kLongWindowMinutes);
  if (usage.requests > 0 && bucket >= first_bucket())
    last_use_ = std::max(last_use_.value_or(bucket), bucket);
}

}  // namespace keymeter::query_api
