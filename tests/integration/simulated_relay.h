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

/// A relay that lives by a clock of the test: what claude-relay-service writes for a request, as little
/// atomic as that, and the truth about it.
///
/// For the API key it looks at the clock, then writes day, month and hour, the hour in two parts; for the
/// account it does so some milliseconds later, with its own look at the clock. So the two may lie in
/// different hours, days and months, and a write may come when its hour is over. Between two moments
/// everything written is announced: `await_events` returns when so many more events have arrived where they
/// should.
class SimulatedRelay {
 public:
  SimulatedRelay(RedisClient redis, ManualClock& clock, std::uint32_t seed,
                 std::function<void(int)> await_events);

  /// A few requests; the clock has moved by some milliseconds when it returns.
  void Serve();
  /// The clock moves. What others have asked Redis before has been answered when it returns.
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
  int events_ = 0;        ///< that they will raise

  MinuteTruth minutes_;
  BucketSums hours_;
  BucketSums days_;
  BucketSums months_;
  std::set<std::int64_t> touched_hours_;
};

}  // namespace keymeter::testing
