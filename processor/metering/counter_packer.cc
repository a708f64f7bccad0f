#include "processor/metering/counter_packer.h"

#include <algorithm>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kPackAfterMs = 5 * kMinuteSeconds * 1000;
constexpr std::size_t kFewUnpacked = 10'000;

/// The first hour that is not closed, by the earlier of the relay's clock and ours: what one of them takes
/// for closed may still be open by the other.
std::int64_t FirstOpenHour(std::int64_t newest_hour, std::int64_t now_ms) {
  return std::min(newest_hour, BucketOf(Level::kHour, (now_ms - kPackAfterMs) / 1000, 0));
}

}  // namespace

bool CounterPacker::HasToPack(const CounterTable& counters, std::int64_t newest_hour,
                              std::int64_t now_ms) const {
  return is_packing_ || FirstOpenHour(newest_hour, now_ms) > packed_before_ ||
         counters.unpacked() > most_unpacked_;
}

bool CounterPacker::Pack(CounterTable& counters, std::int64_t newest_hour, std::int64_t now_ms) {
  if (!HasToPack(counters, newest_hour, now_ms)) return false;
  const std::int64_t before = FirstOpenHour(newest_hour, now_ms);
  is_packing_ = !counters.Pack(before);
  if (is_packing_) return true;
  packed_before_ = before;
  most_unpacked_ = counters.unpacked() + counters.unpacked() / 4 + kFewUnpacked;
  return false;
}

}  // namespace keymeter::processor
