#include "tests/integration/minute_truth.h"

#include <algorithm>

namespace keymeter::testing {

namespace {

constexpr std::int64_t kTickMs = 250;  ///< so far a minute's last reading may reach over its edge

}  // namespace

void MinuteTruth::Write(const UsageId& id, std::int64_t hour, std::int64_t at_ms, const Amounts& amounts) {
  const Counter counter{hour, id};
  unread_[counter].push_back({at_ms, amounts});
  written_[MinuteOf(counter, at_ms)][id] += amounts;
}

std::int64_t MinuteTruth::MinuteOf(const Counter& counter, std::int64_t at_ms) {
  const std::int64_t begin = counter.first;
  return BucketOf(Level::kMinute, std::clamp(at_ms / 1000, begin, begin + kHourSeconds - 1), 0);
}

void MinuteTruth::Read(std::int64_t now_ms) {
  for (const auto& [counter, writings] : unread_) {
    Allow(counter, writings);
    const std::int64_t first_ms = writings.front().at_ms;
    const std::int64_t minute = MinuteOf(counter, first_ms);
    if (minute != MinuteOf(counter, now_ms) && now_ms - first_ms > kTickMs) continue;
    for (const Writing& writing : writings)
      if (MinuteOf(counter, writing.at_ms) == minute) at_least_[minute][counter.second] += writing.amounts;
  }
  unread_.clear();
}

void MinuteTruth::Miss() {
  for (const auto& [counter, writings] : unread_) Allow(counter, writings);
  unread_.clear();
}

void MinuteTruth::Allow(const Counter& counter, const std::vector<Writing>& writings) {
  const std::int64_t first_ms = writings.front().at_ms;
  for (const Writing& writing : writings) {
    at_most_[MinuteOf(counter, writing.at_ms)][counter.second] += writing.amounts;
    if (MinuteOf(counter, writing.at_ms) != MinuteOf(counter, first_ms) &&
        writing.at_ms - first_ms <= kTickMs)
      at_most_[MinuteOf(counter, first_ms)][counter.second] += writing.amounts;
  }
}

}  // namespace keymeter::testing
