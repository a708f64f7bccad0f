#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/integration/faults/relay_writer.h"
#include "tests/integration/faults/start_state.h"
#include "tests/support/fast_clock.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/program.h"
#include "tests/support/redis_server.h"
#include "tests/support/relay/random.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

/// By how many days the clocks of a world are ahead of where they began.
struct ClockDays {
  std::int64_t now = 0;       ///< both, while no fault of the clocks is on
  std::int64_t earliest = 0;  ///< that any of them ever was
  std::int64_t latest = 0;
};

/// What one schedule plays with: a real Redis under the relay's traffic, the real program behind a fault
/// proxy, and a clock for each of these two, on which an hour is a minute, so that minutes are rolled up and
/// hours end within a schedule.
///
/// The program is started again whenever it is dead, unless it is to stay down. Threads: one, that of the
/// test.
class World {
 public:
  explicit World(std::uint64_t seed, StartState start = StartState::kUsual);

  relay_load::Random& random() { return random_; }
  /// From now on `random` draws as it did where it stood so: for a schedule that is written down.
  void DrawFrom(std::uint64_t draws) { random_ = relay_load::Random(draws); }
  RelayWriter& relay() { return *relay_; }
  FaultProxy& proxy() { return *proxy_; }
  RedisServer& redis() { return *redis_; }  ///< the one that the relay writes to
  /// The relay's, which names its hours.
  [[nodiscard]] const Clock& clock() const { return relay_clock_; }
  void SetRelayClock(std::int64_t by_days);
  void SetProgramClock(std::int64_t by_days);
  /// Until the program's own log says that its clock was set (the last time that it was); not if the program
  /// is dead, and no longer than a few of its looks at the clock take.
  void AwaitNoticeOfClock();
  ClockDays& clock_days() { return clock_days_; }
  /// What the program's clock has shown until now, in the order in which it did.
  [[nodiscard]] std::vector<ClockRun> ProgramClockRuns() const;
  [[nodiscard]] StartState start() const { return start_; }
  [[nodiscard]] std::int64_t BeganAtMs() const { return clock_start_.wall_ms; }
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
  [[nodiscard]] std::ptrdiff_t ClockNotices();  ///< by the program that lives now
  [[nodiscard]] std::vector<PastUsage> BeginWithoutOffset();
  [[nodiscard]] bool MayEndSo(std::optional<int> exit_code) const;
  void Bury();

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  const StartState start_;
  relay_load::Random random_;
  TempDir directory_;
  FastClock::Start clock_start_;
  FastClock relay_clock_;
  FastClock::Start program_clock_start_;
  FastClock program_clock_;
  std::vector<ClockRun> ended_clock_runs_;  ///< of the program's clock
  std::int64_t clock_run_from_ms_;          ///< where the present one began
  std::ptrdiff_t clock_notices_before_ = 0;
  ClockDays clock_days_;
  std::vector<std::string> redis_arguments_;
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<RedisServer> other_redis_;
  std::unique_ptr<FaultProxy> proxy_;
  std::unique_ptr<RelayWriter> relay_;
  std::unique_ptr<Program> program_;
  std::string crash_at_;
  bool is_brought_back_ = false;
  bool is_kept_down_ = false;
  bool is_failure_tolerated_ = false;
  int kills_ = 0;
  std::string story_;
  std::string logs_;  ///< of the programs before this one, their ends
};

}  // namespace keymeter::testing
