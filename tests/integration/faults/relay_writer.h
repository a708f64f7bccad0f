#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "schema/clock.h"
#include "tests/integration/faults/relay_hashes.h"
#include "tests/support/relay/random.h"

namespace keymeter::testing {

/// Traffic as the relay writes it: nothing is atomic. For each request one pipeline for the API key (daily →
/// monthly → all time → hourly, then the index sets), then the account's commands one by one.
///
/// It goes on through everything: a request that Redis refuses or breaks off stays half written, as the
/// relay's would. Threads: one of its own writes; calls from any other.
class RelayWriter {
 public:
  RelayWriter(std::string socket_path, const Clock& clock, std::uint64_t seed);
  ~RelayWriter() { Stop(); }
  RelayWriter(const RelayWriter&) = delete;
  RelayWriter& operator=(const RelayWriter&) = delete;

  /// From the next request on, to another server.
  void Retarget(std::string socket_path);
  /// Between two requests, and none begins until it is let go: nothing is half written but what faults left.
  [[nodiscard]] std::unique_lock<std::mutex> Hold() { return std::unique_lock(mutex_); }
  /// So many requests of one series in one go, which Redis takes in one turn of its loop.
  void Burst(int requests);
  void Stop();

  /// What was ever tried to be written, by hour. No row can hold more, unless Redis got old values back.
  [[nodiscard]] const LevelSums& Written() const { return written_; }  ///< while held
  /// For what somebody else writes beside us; between two requests (Hold).
  void Note(const UsageId& series, const Amounts& amounts, std::int64_t at_ms);

  /// Requests that were tried, whether Redis took them or not: the clock of a schedule.
  [[nodiscard]] std::int64_t attempts() const { return attempts_; }

  /// All series that are written.
  [[nodiscard]] static const std::vector<UsageId>& Keys();
  [[nodiscard]] static const std::vector<UsageId>& Accounts();

 private:
  void Run();
  void WriteOne();
  std::vector<RedisCommand> NextCommands(const UsageId& series, const Amounts& amounts);
  [[nodiscard]] Amounts NextAmounts();
  RedisClient& Client();

  const Clock& clock_;
  std::atomic<std::int64_t> attempts_{0};
  std::atomic<bool> is_stopping_{false};

  std::mutex mutex_;  ///< protects what follows
  std::string socket_path_;
  std::unique_ptr<RedisClient> client_;
  relay_load::Random random_;
  LevelSums written_;

  std::thread thread_;  // last: starts when all else stands
};

template <typename T>
const T& AnyOf(const std::vector<T>& all, relay_load::Random& random) {
  return all[static_cast<std::size_t>(random.Between(0, static_cast<std::int64_t>(all.size()) - 1))];
}

/// The commands of one request for one series, in the relay's order.
[[nodiscard]] std::vector<RedisCommand> UsageCommands(const UsageId& series, const Amounts& amounts,
                                                      std::int64_t at_ms);

}  // namespace keymeter::testing
