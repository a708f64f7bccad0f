// The fault suite's long form: one file through a thousand deaths and a thousand faults of the network, at an
// hour a minute. See README.md beside this file.

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "tests/integration/faults/program_faults.h"
#include "tests/integration/faults/schedule.h"

namespace keymeter::testing {
namespace {

constexpr int kOtherFaultEvery = 10;  ///< rounds
constexpr int kCheckEvery = 40;
constexpr Milliseconds kProgressEvery{10'000};

struct Goals {
  int kills = 1000;
  int network_faults = 1000;
  int minutes = 40;  ///< it ends then, whatever it reached
  std::uint64_t seed = 1;
};

/// Rounds of life and death until the goals are reached, then one comparison of all that was written.
/// Threads: one.
class Soak {
 public:
  explicit Soak(const Goals& goals) : goals_(goals), schedule_(goals.seed) {}

  int Run() {
    schedule_.Guard([this] {
      while (!IsOver()) Round();
      schedule_.EndAll();
      Check();
    });
    const Schedule::Result result = schedule_.TakeResult();
    std::printf("%s\n", Summary(result).c_str());
    if (!result.wrong.empty()) std::printf("%s\n", result.wrong.c_str());
    return result.wrong.empty() ? 0 : 1;
  }

 private:
  using Seconds = std::chrono::duration<double>;

  /// A life: it begins, meters, has trouble with the network, and dies at any moment of all this.
  void Round() {
    World& world = schedule_.world();
    relay_load::Random& random = world.random();
    ++rounds_;
    if (random.Chance(60)) (void)world.Await(Milliseconds(1000), [&] { return world.IsMetering(); });
    if (schedule_.faults(FaultKind::kNetwork) < goals_.network_faults) Trouble(NetworkFaults());
    if (rounds_ % kOtherFaultEvery == 0) {
      const std::span<const Fault> others[] = {RedisFaults(), DataFaults(), RelayFaults(), FileFaults(),
                                               ClockFaults()};
      Trouble(others[random.Between(0, 4)]);
    }
    if (world.kills() < goals_.kills) Die();
    if (rounds_ % kCheckEvery == 0) Check();
    ShowProgress();
  }

  void Trouble(std::span<const Fault> faults) {
    relay_load::Random& random = schedule_.world().random();
    schedule_.Begin(
        faults[static_cast<std::size_t>(random.Between(0, static_cast<std::int64_t>(faults.size()) - 1))]);
    schedule_.world().Dwell(random.LogBetween(1, 60));
    schedule_.EndAll();
  }

  void Die() {
    World& world = schedule_.world();
    if (world.random().Chance(50)) {
      world.Dwell(world.random().Between(0, 40));
      world.Kill();
      world.KeepAlive();
    } else {
      schedule_.Begin({"the program is killed at a crash point", FaultKind::kProgram, KillAtACrashPoint});
    }
  }

  void Check() {
    if (!schedule_.Check()) throw std::runtime_error("not exact");
    ++checks_;
  }

  [[nodiscard]] bool IsOver() {
    return (schedule_.world().kills() >= goals_.kills &&
            schedule_.faults(FaultKind::kNetwork) >= goals_.network_faults) ||
           Since(begin_).count() > goals_.minutes * 60.0;
  }

  void ShowProgress() {
    if (Since(shown_) < kProgressEvery) return;
    shown_ = std::chrono::steady_clock::now();
    std::fprintf(stderr, "%5.0f s: %d of %d kills, %d of %d network faults, %d checks\n",
                 Since(begin_).count(), schedule_.world().kills(), goals_.kills,
                 schedule_.faults(FaultKind::kNetwork), goals_.network_faults, checks_);
  }

  [[nodiscard]] std::string Summary(const Schedule::Result& result) {
    std::string faults;
    for (const auto& [kind, count] : result.faults)
      if (kind != FaultKind::kProgram) faults += fmt::format("{} {}, ", count, FaultKindName(kind));
    return fmt::format(
        "soak: {} SIGKILLs, faults: {}{} requests, {} hours, {} adjustments, {} gaps, {} checks, drift {}, "
        "{:.0f} s, seed {}: {}",
        result.kills, faults, schedule_.requests(), result.hours, result.adjustments, result.gaps, checks_,
        result.drift, Since(begin_).count(), goals_.seed, result.wrong.empty() ? "exact" : "NOT EXACT");
  }

  static Seconds Since(std::chrono::steady_clock::time_point then) {
    return std::chrono::steady_clock::now() - then;
  }

  const Goals goals_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = begin_;
  Schedule schedule_;
  int rounds_ = 0;
  int checks_ = 0;
};

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) try {
  keymeter::testing::Goals goals;
  CLI::App app("A file through many deaths and faults: every hour and day must stay exact.");
  app.add_option("--kills", goals.kills, "SIGKILLs of the program")->capture_default_str();
  app.add_option("--network-faults", goals.network_faults, "faults between it and Redis")
      ->capture_default_str();
  app.add_option("--minutes", goals.minutes, "the longest that it may take")->capture_default_str();
  app.add_option("--seed", goals.seed, "another course")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return keymeter::testing::Soak(goals).Run();
} catch (const std::exception& broken) {
  std::fprintf(stderr, "soak: %s\n", broken.what());
  return 2;
}
