#include "processor/source/offset_probe.h"

#include <memory>
#include <optional>
#include <utility>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kHourMs = kHourSeconds * 1000;
constexpr std::int64_t kFarthestEast = 14;  ///< hours that a naive hour may lie before UTC's
constexpr std::int64_t kFarthestWest = 12;

/// A counter in use whose index sets name hours.
const CounterSpec* FirstIndexed(const MeteringPlan& plan) {
  for (std::size_t i = 0; i < plan.counters().size(); ++i) {
    const CounterSpec& spec = plan.counters()[i];
    if (spec.period == Period::kHour && spec.index && plan.Meters(i, MeteringPlan::kForever)) return &spec;
  }
  return nullptr;
}

struct Newest {
  std::optional<std::int64_t> naive_hour;
  std::int64_t remaining_ms = 0;
};

}  // namespace

OffsetProbe::OffsetProbe(const MeteringPlan& plan, const Clock& clock, RedisLink& link,
                         OffsetDetector& detector)
    : plan_(plan), clock_(clock), link_(link), detector_(detector) {}

void OffsetProbe::Start(std::function<void(bool)> on_done) {
  const CounterSpec* spec = FirstIndexed(plan_);
  if (spec == nullptr) return on_done(true);
  const std::int64_t first =
      clock_.WallMs() / kHourMs + kFarthestEast;  // downwards: the newest hour answers first
  const auto count = static_cast<std::size_t>(kFarthestEast + kFarthestWest + spec->keep_hours);
  std::string commands;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t hour = (first - static_cast<std::int64_t>(i)) * kHourSeconds;
    AppendCommand(commands,
                  {"PTTL", spec->index->key.Key({"", "", FormatDate(hour, 0), FormatHour(hour, 0)})});
  }
  const auto newest = std::make_shared<Newest>();
  const auto on_reply = [this, newest, first, count, keep_ms = spec->keep_hours * kHourMs,
                         generation = ++generation_,
                         done = std::move(on_done)](std::size_t i, const Reply& reply) {
    constexpr long long kNoSuchKey = -2;
    if (generation != generation_) return;
    if (!newest->naive_hour && reply.type == REDIS_REPLY_INTEGER && reply.integer != kNoSuchKey)
      *newest = {first - static_cast<std::int64_t>(i), reply.integer};
    if (i + 1 < count) return;
    if (newest->naive_hour && newest->remaining_ms > 0)
      detector_.OnNewestHour(*newest->naive_hour, clock_.WallMs() - (keep_ms - newest->remaining_ms));
    done(newest->naive_hour.has_value());
  };
  link_.commands().Pipeline(commands, count, on_reply);
}

}  // namespace keymeter::processor
