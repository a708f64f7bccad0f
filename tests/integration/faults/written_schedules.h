#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include "tests/integration/faults/start_state.h"

namespace keymeter::testing {

/// One fault of a schedule that is written down. `draws`: where the world's random numbers stood, which
/// decide what exactly the fault does.
struct WrittenStep {
  enum class Then : std::uint8_t {
    kOnTop,    ///< the next fault comes while this one is on
    kEnded,    ///< this one, and those that are still on, end
    kRecover,  ///< and the program gets time to come back
  };

  std::int64_t dwell_before;  ///< requests of the relay; so the next
  const char* fault;          ///< its name
  std::uint64_t draws;
  std::int64_t dwell_after;
  Then then;
};

/// A schedule that once failed, kept as it was played: new faults change what a seed plays.
struct WrittenSchedule {
  const char* name;
  std::uint64_t seed;  ///< of the world: the clock, Redis and the relay
  std::vector<WrittenStep> steps;
  std::uint64_t draws_of_end;
  StartState start = StartState::kUsual;
};

/// What a test's name shows of it.
inline void PrintTo(const WrittenSchedule& schedule, std::ostream* out) {
  *out << schedule.name;
}

[[nodiscard]] const std::vector<WrittenSchedule>& WrittenSchedules();

}  // namespace keymeter::testing
