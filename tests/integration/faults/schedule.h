#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/integration/faults/fault.h"

namespace keymeter::testing {

/// A random sequence of faults upon a world, some of them at the same time, and the proof that all is exact
/// afterwards. The seed decides everything but the moments: replaying one plays the same faults again.
class Schedule {
 public:
  struct Result {
    std::string wrong;  ///< "" when everything held
    std::map<FaultKind, int> faults;
    int kills = 0;
    int adjustments = 0;
    int gaps = 0;
  };

  explicit Schedule(std::uint64_t seed) : seed_(seed), world_(seed) {}

  /// `steps` faults out of all.
  Result Run(int steps);

 private:
  struct Running {
    Fault fault;
    std::function<void()> end;
  };

  void Begin(const Fault& fault);
  void EndAll();
  /// Lets the program come back; one that does not come soon is started anew, as an impatient operator would.
  void Recover();
  void Settle();
  [[nodiscard]] std::string WhatIsWrong();

  const std::uint64_t seed_;
  World world_;
  std::vector<Running> running_;
  Result result_;
};

}  // namespace keymeter::testing
