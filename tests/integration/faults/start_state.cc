#include "tests/integration/faults/start_state.h"

#include <stdexcept>

#include <fmt/format.h>

#include "schema/civil_time.h"

namespace keymeter::testing {

namespace {

constexpr std::int64_t kKeptSeconds = 7 * kDaySeconds;
constexpr std::int64_t kMostHoursAgo = 30;

/// In the first half of their hours: the program's clock outruns that of Redis, so what it concludes from a
/// time to live is later by all but a second of each minute that its start takes.
constexpr std::int64_t kMinuteOfHour = 20;

/// Hours by which times to live mislead: offsets from +02:00 to +14:00.
constexpr std::int64_t kMostHours = 6;

PastUsage AnyUsage(const UsageId& series, std::int64_t now_ms, std::int64_t hours_ago,
                   relay_load::Random& random) {
  const std::int64_t hour_s = BucketOf(Level::kHour, now_ms / 1000, 0) - hours_ago * kHourSeconds;
  PastUsage usage{series, {}, (hour_s + kMinuteOfHour * kMinuteSeconds) * 1000};
  for (const CounterField& field : CounterFields()) usage.amounts[field.metric] = random.Between(1, 5000);
  return usage;
}

/// `later_s`: by how much later its time to live says that it was written.
void Write(RedisClient& redis, const PastUsage& usage, std::int64_t now_ms, std::int64_t later_s) {
  for (const RedisCommand& command : UsageCommands(usage.series, usage.amounts, usage.at_ms))
    redis.Must(command);
  const std::int64_t age_s = (now_ms - usage.at_ms) / 1000;
  redis.Must(
      {"EXPIRE", NamesOf(usage.series, usage.at_ms).hourly, std::to_string(kKeptSeconds - age_s + later_s)});
}

}  // namespace

StartState StartStateNamed(std::string_view name) {
  if (name == "usual") return StartState::kUsual;
  if (name == "a wrong offset") return StartState::kWrongOffset;
  if (name == "an unknown offset") return StartState::kUnknownOffset;
  throw std::runtime_error(fmt::format("no such start: {}", name));
}

std::int64_t WriteMisleadingPast(RedisClient& redis, std::int64_t now_ms, relay_load::Random& random,
                                 std::vector<PastUsage>& past) {
  const std::int64_t later = random.Between(1, kMostHours) * (random.Chance(70) ? 1 : -1);
  // One counter alone proves nothing; a time to live is no longer than the relay keeps an hour.
  const std::int64_t counters = random.Between(2, 12);
  for (std::int64_t i = 0; i < counters; ++i) {
    const auto& all = i < 2 || random.Chance(60) ? RelayWriter::Keys() : RelayWriter::Accounts();
    const UsageId& series = i < 2 ? all[static_cast<std::size_t>(i)] : AnyOf(all, random);
    past.push_back(AnyUsage(series, now_ms, random.Between(kMostHours + 1, kMostHoursAgo), random));
    Write(redis, past.back(), now_ms, later * kHourSeconds);
  }
  return kRelayOffset - later * kHourSeconds;
}

void WriteSilentPast(RedisClient& redis, std::int64_t now_ms, relay_load::Random& random,
                     std::vector<PastUsage>& past) {
  past.push_back(
      AnyUsage(AnyOf(RelayWriter::Keys(), random), now_ms, random.Between(1, kMostHoursAgo), random));
  Write(redis, past.back(), now_ms, 0);
}

}  // namespace keymeter::testing
