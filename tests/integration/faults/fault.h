#pragma once

#include <functional>
#include <span>

#include "tests/integration/faults/world.h"

namespace keymeter::testing {

/// What a fault hits. Two of one kind are never on at once.
enum class FaultKind { kNetwork, kRedis, kData, kProgram, kFile, kClock };
[[nodiscard]] const char* FaultKindName(FaultKind kind);

/// Something that goes wrong.
struct Fault {
  const char* name;
  FaultKind kind;
  /// Begins it; returns what ends it, which may be empty.
  std::function<void()> (*begin)(World&);
};

[[nodiscard]] std::span<const Fault> NetworkFaults();  ///< between the program and Redis
[[nodiscard]] std::span<const Fault> RedisFaults();    ///< Redis dies, falls back, fills up, falls silent
[[nodiscard]] std::span<const Fault> DataFaults();     ///< somebody changes the relay's counters
[[nodiscard]] std::span<const Fault> RelayFaults();    ///< its own migrations, imports and resets
[[nodiscard]] std::span<const Fault> ProgramFaults();  ///< the program dies, or stands still
[[nodiscard]] std::span<const Fault> FileFaults();     ///< the file cannot be written
[[nodiscard]] std::span<const Fault> ClockFaults();    ///< somebody sets clocks
[[nodiscard]] std::vector<Fault> AllFaults();

}  // namespace keymeter::testing
