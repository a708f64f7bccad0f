#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/redis_client.h"
#include "tests/support/usage_sums.h"

namespace keymeter::testing {

/// The relay's offset in this suite.
inline constexpr std::int64_t kRelayOffset = 8 * 3600L;

/// Sums of one level: bucket (epoch seconds) → who used which model.
using LevelSums = std::map<std::int64_t, UsageSums>;

/// The names of a series' counter hashes at one moment, as the relay names them.
struct HashNames {
  std::string daily;
  std::string monthly;
  std::string alltime;  ///< of API keys only, else ""
  std::string hourly;
  std::string hourly_index;
  std::string daily_index;
  std::string index_member;
};
[[nodiscard]] HashNames NamesOf(const UsageId& series, std::int64_t at_ms);

/// The fields of a counter hash with their metric, in the order in which the relay writes them.
struct CounterField {
  const char* name;
  Metric metric;
};
[[nodiscard]] const std::vector<CounterField>& CounterFields();

/// What Redis holds by model: every hour hash, every day hash, and every month hash.
[[nodiscard]] LevelSums RelayHours(RedisClient& redis);
[[nodiscard]] LevelSums RelayDays(RedisClient& redis);
[[nodiscard]] LevelSums RelayMonths(RedisClient& redis);

}  // namespace keymeter::testing
