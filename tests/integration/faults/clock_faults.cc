#include "schema/civil_time.h"
#include "tests/integration/faults/fault.h"

namespace keymeter::testing {

namespace {

using End = std::function<void()>;

constexpr std::int64_t kHourMs = kHourSeconds * 1000;
/// The relay keeps an hour for a week. What is older is refused when it grows, and not missed when it goes:
/// farther jumps have tests of their own (ClockJumps).
constexpr std::int64_t kMostDays = 6;

/// Hours back or ahead.
std::int64_t AnyHours(World& world) {
  return world.random().Between(1, kMostDays) * (world.random().Chance(50) ? 1 : -1);
}

void Say(World& world, const char* whose, std::int64_t hours) {
  world.Say(fmt::format("{} by {} h", whose, hours));
}

/// The machine that both run on, by days, or by hours: then its time may stay so.
End BothJump(World& world) {
  const bool by_days = world.random().Chance(50);
  const std::int64_t hours = AnyHours(world) * (by_days ? 24 : 1);
  const auto set = [&world](std::int64_t by_hours) {
    const auto hold = world.relay().Hold();
    Say(world, "both", by_hours);
    world.SetRelayClock(by_hours * kHourMs);
    world.SetProgramClock(by_hours * kHourMs);
  };
  set(hours);
  if (!by_days && world.random().Chance(50)) return {};
  return [set, hours] { set(-hours); };
}

// One alone by days: by hours it would look like another offset until the program has noticed, which it does
// within a second of the system's clock, a minute of this one.

End ProgramJumps(World& world) {
  const std::int64_t hours = AnyHours(world) * 24;
  Say(world, "the program", hours);
  world.SetProgramClock(hours * kHourMs);
  return [&world, hours] { world.SetProgramClock(-hours * kHourMs); };
}

End RelayJumps(World& world) {
  const std::int64_t hours = AnyHours(world) * 24;
  Say(world, "the relay", hours);
  world.SetRelayClock(hours * kHourMs);
  return [&world, hours] { world.SetRelayClock(-hours * kHourMs); };
}

constexpr Fault kClockFaults[] = {{"both clocks jump", FaultKind::kClock, BothJump},
                                  {"the program's clock jumps", FaultKind::kClock, ProgramJumps},
                                  {"the relay's clock jumps", FaultKind::kClock, RelayJumps}};

}  // namespace

std::span<const Fault> ClockFaults() {
  return kClockFaults;
}

}  // namespace keymeter::testing
