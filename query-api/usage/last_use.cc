#include "query-api/usage/last_use.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "query-api/usage/bucket_list.h"
#include "schema/civil_time.h"

namespace keymeter::query_api {

namespace {

/// The newest of these buckets (a JSON array) in which the account had a request. Look-ups by primary key.
Result<std::optional<std::int64_t>> NewestOf(Snapshot& snapshot, Level level, std::string_view account,
                                             std::string_view buckets) {
  ASSIGN_OR_RETURN(auto query, snapshot.lease.Prepare(fmt::format(
                                   "SELECT max(u.bucket) FROM series s CROSS JOIN json_each(?2) b "
                                   "CROSS JOIN usage_{} u ON u.bucket = b.value AND u.series = s.id "
                                   "WHERE s.kind = 'account' AND s.entity = ?1 AND u.requests > 0",
                                   LevelName(level))));
  query->Bind(1, account).Bind(2, buckets);
  RETURN_IF_ERROR(query->Step());
  return query->IsNull(0) ? std::nullopt : std::optional(query->Int(0));
}

std::vector<std::int64_t> BucketsIn(Level level, std::int64_t from, std::int64_t to, std::int64_t offset) {
  std::vector<std::int64_t> buckets;
  for (std::int64_t bucket = from; bucket < to; bucket = NextBucket(level, bucket, offset))
    buckets.push_back(bucket);
  return buckets;
}

}  // namespace

Result<LastUseCache::BucketsPtr> LastUseCache::BucketsNow(Snapshot& snapshot) {
  const FileVersion version = snapshot.version();
  {
    const MutexLock lock(mutex_);
    if (buckets_ && buckets_->version == version) return buckets_;
  }
  ASSIGN_OR_RETURN(const auto open, BucketsOf(snapshot, "usage_minute", snapshot.state.rolled_until));
  ASSIGN_OR_RETURN(const auto months, BucketsOf(snapshot, "usage_month", 0));
  auto buckets = std::make_shared<const Buckets>(Buckets{version, JsonArrayOf(open), JsonArrayOf(months)});
  const MutexLock lock(mutex_);
  buckets_ = buckets;
  return buckets;
}

Result<std::optional<std::int64_t>> LastUseCache::Find(Snapshot& snapshot, const Buckets& buckets,
                                                       std::string_view account) {
  ASSIGN_OR_RETURN(auto used, NewestOf(snapshot, Level::kMinute, account, buckets.open_minutes));
  if (used) return used;
  ASSIGN_OR_RETURN(used, NewestOf(snapshot, Level::kMonth, account, buckets.months));
  const std::int64_t offset = snapshot.state.utc_offset_s;
  for (const auto& [coarse, fine] :
       {std::pair(Level::kMonth, Level::kDay), std::pair(Level::kDay, Level::kHour),
        std::pair(Level::kHour, Level::kMinute)}) {
    if (!used) return used;
    const auto parts = BucketsIn(fine, *used, NextBucket(coarse, *used, offset), offset);
    ASSIGN_OR_RETURN(const auto finer, NewestOf(snapshot, fine, account, JsonArrayOf(parts)));
    if (!finer) return used;
    used = finer;
  }
  return used;
}

Result<std::optional<std::int64_t>> LastUseCache::Of(Snapshot& snapshot, std::string_view account) {
  const std::uint64_t file_id = snapshot.lease.file_id();
  {
    const MutexLock lock(mutex_);
    const auto found = found_.find(account);
    if (found != found_.end() && found->second.file_id == file_id &&
        std::abs(snapshot.now_ms - found->second.at_ms) < kKeptMs)
      return found->second.used_s;
  }
  ASSIGN_OR_RETURN(const auto buckets, BucketsNow(snapshot));
  ASSIGN_OR_RETURN(const auto used_s, Find(snapshot, *buckets, account));
  const MutexLock lock(mutex_);
  if (found_.size() >= most_kept_) found_.clear();
  found_.insert_or_assign(std::string(account), Found{file_id, snapshot.now_ms, used_s});
  return used_s;
}

Result<LastUse> LastUseCache::Later(Snapshot& snapshot, std::string_view account, const UsageSummary& usage,
                                    std::string_view by_relay) {
  std::optional<std::int64_t> used_s = usage.rates.last_use();
  if (!used_s && usage.total.requests > 0) {
    ASSIGN_OR_RETURN(used_s, Of(snapshot, account));
  }
  const auto by_relay_ms = ParseRfc3339(by_relay);
  const bool is_later = used_s && (!by_relay_ms || *used_s * 1000 > *by_relay_ms);
  return LastUse{is_later ? FormatRfc3339(*used_s * 1000) : std::string(by_relay), is_later};
}

}  // namespace keymeter::query_api
