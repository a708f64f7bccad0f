#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/integration/faults/relay_writer.h"
#include "tests/support/fast_clock.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/relay/random.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// What one schedule plays with: a real Redis under the relay's traffic, the real program behind a fault
/// proxy, and a clock on which an hour is a minute, so that minutes are rolled up and hours end within a
/// schedule.
///
/// The program is started again whenever it is dead, unless it is to stay down. Threads: one, that of the
/// test.
class World {
 public:
  explicit World(std::uint64_t seed);

  relay_load::Random& random() { return random_; }
  /// From now on `random` draws as it did where it stood so: for a schedule that is written down.
  void DrawFrom(std::uint64_t draws) { random_ = relay_load::Random(draws); }
  RelayWriter& relay() { return *relay_; }
  FaultProxy& proxy() { return *proxy_; }
  RedisServer& redis() { return *redis_; }  ///< the one that the relay writes to
  /// The relay's, which names its hours.
  [[nodiscard]] const Clock& clock() const { return relay_clock_; }
  void SetRelayClock(std::int64_t by_ms) { relay_clock_.SetByMs(by_ms); }
  void SetProgramClock(std::int64_t by_ms) {
    program_clock_.SetByMs(by_ms);
    was_program_clock_set_ = true;
  }
  [[nodiscard]] bool was_program_clock_set() const { return was_program_clock_set_; }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  /// A second server; empty, with no role yet, at the first call.
  RedisServer& OtherRedis();
  /// The relay and new connections of the program go to the other server from now on.
  void SwapRedis();

  /// Values that fell before may come back, and nobody can tell them from new ones.
  void BringBack() { is_brought_back_ = true; }
  [[nodiscard]] bool is_brought_back() const { return is_brought_back_; }

  // ---- The program under test
  [[nodiscard]] bool IsAlive();
  ChildProcess& process() { return program_->process(); }
  void Kill();
  void Terminate();  ///< SIGTERM, and the end awaited
  /// Whether it may end with an error of its own: when the file cannot be written, a stop says so.
  void TolerateFailure(bool is_tolerated);
  /// At its next start; `crash_at` as kCrashVariable of tests/support/test_hooks.h has it.
  void CrashAtNextStart(std::string crash_at) { crash_at_ = std::move(crash_at); }
  void KeepDown(bool is_down) { is_kept_down_ = is_down; }
  void KeepAlive();  ///< starts it when it is dead and may live
  /// Subscribed, with the baseline read. Its own log says so.
  [[nodiscard]] bool IsMetering();

  /// The relay tries so many requests more; the program is kept alive meanwhile.
  void Dwell(std::int64_t requests);
  /// Until it holds, at most for so long; the program is kept alive meanwhile.
  bool Await(Milliseconds at_most, const std::function<bool()>& condition);

  void Say(const std::string& what);
  /// What was said, and the end of the program's logs.
  [[nodiscard]] std::string Story();
  [[nodiscard]] int kills() const { return kills_; }  ///< how often SIGKILL ended it

 private:
  [[nodiscard]] bool MayEndSo(std::optional<int> exit_code) const;
  void Bury();

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  relay_load::Random random_;
  TempDir directory_;
  FastClock::Start clock_start_;
  FastClock relay_clock_;
  FastClock program_clock_;
  std::vector<std::string> redis_arguments_;
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<RedisServer> other_redis_;
  std::unique_ptr<FaultProxy> proxy_;
  std::unique_ptr<RelayWriter> relay_;
  std::unique_ptr<Program> program_;
  std::string crash_at_;
  bool is_brought_back_ = false;
  bool was_program_clock_set_ = false;
  bool is_kept_down_ = false;
  bool is_failure_tolerated_ = false;
  int kills_ = 0;
  std::string story_;
  std::string logs_;  ///< of the programs before this one, their ends
};

}  // namespace keymeter::testing
