#include "processor/metering/offset_evidence.h"

#include <bit>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

/// The relay's clock and ours may differ by so much.
constexpr std::int64_t kClockSkewMs = 2 * kMinuteSeconds * 1000;

}  // namespace

void OffsetEvidence::Add(std::int64_t naive_hour, std::int64_t written_ms) {
  std::uint32_t here = 0;
  for (const std::int64_t moment_ms : {written_ms - kClockSkewMs, written_ms + kClockSkewMs})
    if (const auto offset_s = OffsetBetween(naive_hour, moment_ms))
      here |= std::uint32_t{1} << (*offset_s / kHourSeconds - kFarthestWest);
  allowed_ &= here;
  ++writes_;
}

std::optional<std::int64_t> OffsetEvidence::Conclusion() const {
  if (!std::has_single_bit(allowed_) || writes_ < kLeastWrites) return std::nullopt;
  return (std::countr_zero(allowed_) + kFarthestWest) * kHourSeconds;
}

std::optional<std::int64_t> OffsetBetween(std::int64_t naive_hour, std::int64_t moment_ms) {
  const std::int64_t hours = naive_hour - moment_ms / (kHourSeconds * 1000);
  if (hours < -12 || hours > 14) return std::nullopt;
  return hours * kHourSeconds;
}

}  // namespace keymeter::processor
