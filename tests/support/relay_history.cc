#include "tests/support/relay_history.h"

#include <fmt/format.h>

#include "schema/civil_time.h"

namespace keymeter::testing {

namespace {

constexpr std::size_t kChunk = 1U << 20U;
constexpr std::uint32_t kParts = 10'000;

std::string IdOf(int number) {
  return fmt::format("00000000-0000-4000-8000-{:012}", number);
}

std::string ModelOf(int number) {
  return fmt::format("claude-sonnet-4-{}", number % 5);
}

}  // namespace

bool RelayHistory::IsActive(int number, int age) const {
  const std::uint32_t mixed =
      static_cast<std::uint32_t>(number) * 2'654'435'761U ^ static_cast<std::uint32_t>(age) * 2'246'822'519U;
  return (mixed >> 7U) % kParts < static_cast<std::uint32_t>(active_share * kParts);
}

std::string RelayHistory::KeyOf(int number, int age) const {
  const std::int64_t hour = newest_hour - age * kHourSeconds;
  return fmt::format("usage:{}:model:hourly:{}:{}:{}", IdOf(number), ModelOf(number),
                     FormatDate(hour, utc_offset_s), FormatHour(hour, utc_offset_s));
}

std::string RelayHistory::IndexOf(int age) const {
  const std::int64_t hour = newest_hour - age * kHourSeconds;
  return fmt::format("usage:keymodel:hourly:index:{}:{}", FormatDate(hour, utc_offset_s),
                     FormatHour(hour, utc_offset_s));
}

std::string RelayHistory::MemberOf(int number) {
  return fmt::format("{}:{}", IdOf(number), ModelOf(number));
}

void RelayHistory::ForEach(const std::function<void(int, int)>& call) const {
  for (int age = 0; age < hours; ++age)
    for (int number = 0; number < series; ++number)
      if (IsActive(number, age)) call(number, age);
}

std::int64_t RelayHistory::Write(RedisClient& client) const {
  std::int64_t counters = 0;
  std::string commands;
  ForEach([&](int number, int age) {
    ++counters;
    AppendResp(commands, {"HSET", KeyOf(number, age), "requests", "1", "inputTokens", "1200", "outputTokens",
                          "345", "cacheCreateTokens", "6789", "cacheReadTokens", "43210", "allTokens",
                          "51544", "realCostMicro", "43210", "ratedCostMicro", "43210"});
    AppendResp(commands, {"SADD", IndexOf(age), MemberOf(number)});
    if (commands.size() < kChunk) return;
    client.Pipe(commands);
    commands.clear();
  });
  client.Pipe(commands);
  return counters;
}

}  // namespace keymeter::testing
