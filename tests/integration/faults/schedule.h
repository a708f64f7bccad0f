#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/faults/fault.h"
#include "tests/integration/faults/written_schedules.h"

namespace keymeter::testing {

/// A random sequence of faults upon a world, some of them at the same time, and the proof that all is exact
/// afterwards. The seed decides everything but the moments: replaying one plays the same faults again.
class Schedule {
 public:
  struct Result {
    std::string wrong;  ///< "" when everything held
    std::string story;  ///< its steps with their times, and the end of the program's log
    std::map<FaultKind, int> faults;
    int kills = 0;
    int adjustments = 0;
    int gaps = 0;
    int hours = 0;  ///< buckets with usage
    int drift = 0;
  };

  explicit Schedule(std::uint64_t seed, StartState start = StartState::kUsual)
      : seed_(seed), world_(seed, start) {}

  /// `steps` faults out of all, then Check. `first`: the name of the first one; empty: any.
  Result Run(int steps, std::string_view first = "");
  /// One that is written down, on the world of its seed.
  Result Play(const WrittenSchedule& written);

  /// The same in single steps, for courses of another kind.
  World& world() { return world_; }
  [[nodiscard]] int faults(FaultKind kind) const {
    const auto found = result_.faults.find(kind);
    return found == result_.faults.end() ? 0 : found->second;
  }
  [[nodiscard]] std::int64_t requests() { return world_.relay().attempts(); }
  void Begin(const Fault& fault);
  void EndAll();
  /// Lets the program come back; one that does not come soon is started anew, as an impatient operator would.
  void Recover();
  /// Traffic waits, and what must hold is looked at. False when something did not: see TakeResult.
  [[nodiscard]] bool Check();
  [[nodiscard]] Result TakeResult();
  /// Runs it; what it throws is something wrong.
  void Guard(const std::function<void()>& course);

 private:
  struct Running {
    Fault fault;
    std::function<void()> end;
  };

  void LookAgain();
  void AwaitFirstReading();
  void ShowOffset();
  [[nodiscard]] bool KnowsOffset();
  [[nodiscard]] std::string Audits();
  [[nodiscard]] std::string WhatIsWrong();

  const std::uint64_t seed_;
  World world_;
  std::vector<Running> running_;
  Result result_;
};

}  // namespace keymeter::testing
