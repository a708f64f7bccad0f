#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "benchmarks/relay_load/age.h"
#include "benchmarks/relay_load/life_commands.h"
#include "benchmarks/relay_load/population.h"
#include "benchmarks/relay_load/resp_writer.h"
#include "benchmarks/relay_load/traffic.h"
#include "schema/clock.h"
#include "tests/integration/relay_life/life_truth.h"
#include "tests/integration/relay_snapshot.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

namespace keymeter::testing {

/// Who asks what of whom: places in the relay's lists of keys, accounts and models.
struct Who {
  std::size_t key = 0;
  std::size_t account = 0;
  std::size_t model = 0;
};

/// A relay of some release with its Redis, under the clock of a test: writes what that release writes (see
/// benchmarks/relay_load), and keeps the truth of it. When its time passes, the times to live in Redis do
/// too.
///
/// Threads: one. Lifetime: borrows server and clock.
class LifeRelay {
 public:
  static constexpr std::int64_t kOffset = 8 * kHourSeconds;

  LifeRelay(const RedisServer& redis, ManualClock& clock);

  void Install(const std::string& release);  ///< without its start-up
  void Start();                              ///< what its start-up does with what it finds
  void MakeEntities();                       ///< keys, accounts and groups, as an administrator makes them

  /// `is_watched`: somebody meters, and reads before time passes.
  void Serve(int requests, const Who& who, bool is_watched);
  void Pass(std::int64_t ms);
  /// Somebody looks now: what nobody has seen counts at the finest level that Redis still holds.
  void See();

  void Reset();
  void DeleteKey(std::size_t key);
  void RestoreKey(std::size_t key);
  void PurgeKey(std::size_t key);
  void MakeKey(std::size_t key);
  void MoveToGroup(std::size_t account, std::size_t from, std::size_t to);
  void MoveToKind(std::size_t account, const std::string& prefix);
  /// Everything of `from` by the enhanced script; the plain one brings no usage.
  void Import(const relay_load::Snapshot& from);
  void ImportPlainly(const relay_load::Snapshot& from);

  [[nodiscard]] relay_load::Snapshot Export() { return TakeSnapshot(client_); }
  [[nodiscard]] const LifeTruth& truth() const { return truth_; }
  [[nodiscard]] const relay_load::Population& population() const { return population_; }
  [[nodiscard]] RedisClient& redis() { return client_; }

 private:
  void Send();
  [[nodiscard]] relay_load::Tokens NextTokens();
  void Count(const relay_load::Request& request, bool is_watched);
  [[nodiscard]] std::optional<Level> FinestOf(const LifeTruth::Item& item);
  void CountImported(const relay_load::Snapshot& from);
  [[nodiscard]] std::vector<std::string> KeyIds() const;

  ManualClock& clock_;
  RedisClient client_;
  relay_load::Age age_;
  const relay_load::Population population_;
  relay_load::RespWriter out_{relay_load::Counting::kIncrement};
  LifeTruth truth_{kOffset};
  std::int64_t served_ = 0;
};

}  // namespace keymeter::testing
