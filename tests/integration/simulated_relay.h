#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "schema/clock.h"
#include "tests/integration/minute_truth.h"
#include "tests/support/redis_client.h"

namespace keymeter::testing {

/// A relay under the clock of a test: writes for each request what claude-relay-service writes, in as many
/// separate steps, and keeps the true sums.
///
/// For the API key it reads the clock, then writes day, month and hour, the hour in two parts; for the
/// account it does the same some milliseconds later, and reads the clock again. So the two may be in
/// different hours, days and months, and a write may come after the end of its hour. `await_events(n)` must
/// return when the processor has received n more events; it is called before the clock moves on. Threads:
/// one.
class SimulatedRelay {
 public:
  SimulatedRelay(RedisClient redis, ManualClock& clock, std::uint32_t seed,
                 std::function<void(int)> await_events);

  /// A few requests; the clock has moved by some milliseconds when it returns.
  void Serve();
  /// Moves the clock. Redis has answered all earlier commands of others when it returns.
  void Pass(std::int64_t ms);
  /// Redis was started again.
  void Reconnect(RedisClient redis) { redis_ = std::move(redis); }

  MinuteTruth& minutes() { return minutes_; }
  [[nodiscard]] const BucketSums& hours() const { return hours_; }
  [[nodiscard]] const BucketSums& days() const { return days_; }
  [[nodiscard]] const BucketSums& months() const { return months_; }
  /// The hours that were written to since the last call.
  [[nodiscard]] std::set<std::int64_t> TakeTouchedHours() { return std::exchange(touched_hours_, {}); }

  static constexpr std::int64_t kOffset = 8 * kHourSeconds;

 private:
  void ServeOwner(const UsageId& id, const Amounts& amounts);
  void Count(const std::string& key, const Amounts& amounts);
  void CountHour(const std::string& key, const UsageId& id, std::int64_t picked, const Amounts& amounts);
  void Send();
  [[nodiscard]] Amounts SomeAmounts();
  [[nodiscard]] std::int64_t Below(std::int64_t bound);

  RedisClient redis_;
  ManualClock& clock_;
  std::mt19937 random_;
  std::function<void(int)> await_events_;
  std::string commands_;  ///< not sent yet
  int events_ = 0;        ///< how many these will raise

  MinuteTruth minutes_;
  BucketSums hours_;
  BucketSums days_;
  BucketSums months_;
  std::set<std::int64_t> touched_hours_;
};

}  // namespace keymeter::testing
