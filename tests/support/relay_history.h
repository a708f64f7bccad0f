#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/support/redis_client.h"

namespace keymeter::testing {

/// A relay that has been running for a while: so many API keys × models, each active in a part of the hours.
struct RelayHistory {
  int series = 2000;
  int hours = 24;
  double active_share = 1;
  std::int64_t newest_hour = 0;  ///< epoch seconds
  std::int64_t utc_offset_s = 0;

  /// Series `number` has a counter in the hour `age` hours before the newest; always the same ones.
  [[nodiscard]] bool IsActive(int number, int age) const;
  [[nodiscard]] std::string KeyOf(int number, int age) const;                ///< of the counter's hash
  [[nodiscard]] std::string IndexOf(int age) const;                          ///< of the hour's index set
  [[nodiscard]] static std::string MemberOf(int number);                     ///< in it
  void ForEach(const std::function<void(int number, int age)>& call) const;  ///< that is active

  /// Counters with one request each, and their index sets. How many counters.
  std::int64_t Write(RedisClient& client) const;
};

}  // namespace keymeter::testing
