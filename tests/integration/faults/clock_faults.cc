#include <algorithm>

#include "tests/integration/faults/fault.h"

namespace keymeter::testing {

namespace {

using End = std::function<void()>;

// By days only. Events that are still on their way name the old hour, so a jump by hours looks like another
// UTC offset, which ten seconds of such events prove to the program. That is a sixth of a second here, and it
// looks at its clock once a second of the system's. No offset is a day; jumps by hours have tests of their
// own (ClockJumps).

/// From the earliest day that any clock of a world ever shows to the latest. The relay keeps an hour for a
/// week: what is older is refused when it grows, and not missed when it goes. A soak adds less than two days.
constexpr std::int64_t kMostDays = 5;

/// By how many days to set a clock, ahead or (below 0) back: to any other day within kMostDays.
std::int64_t AnyDays(World& world) {
  ClockDays& days = world.clock_days();
  std::int64_t to = world.random().Between(days.latest - kMostDays, days.earliest + kMostDays - 1);
  if (to >= days.now) ++to;
  days.earliest = std::min(days.earliest, to);
  days.latest = std::max(days.latest, to);
  return to - days.now;
}

void Say(World& world, const char* whose, std::int64_t days) {
  world.Say(fmt::format("{} by {} d", whose, days));
}

/// Not always: that a step is undone before the program has looked at its clock is a case, too.
void MayAwaitNotice(World& world) {
  if (world.random().Chance(75)) world.AwaitNoticeOfClock();
}

void SetBoth(World& world, std::int64_t by_days) {
  const auto hold = world.relay().Hold();
  Say(world, "both", by_days);
  world.SetRelayClock(by_days);
  world.SetProgramClock(by_days);
}

/// The machine that both run on. Its time may stay so.
End BothJump(World& world) {
  const std::int64_t days = AnyDays(world);
  SetBoth(world, days);
  MayAwaitNotice(world);
  if (world.random().Chance(30)) {
    world.clock_days().now += days;
    return {};
  }
  return [&world, days] { SetBoth(world, -days); };
}

End ProgramJumps(World& world) {
  const std::int64_t days = AnyDays(world);
  Say(world, "the program", days);
  world.SetProgramClock(days);
  MayAwaitNotice(world);
  return [&world, days] { world.SetProgramClock(-days); };
}

End RelayJumps(World& world) {
  const std::int64_t days = AnyDays(world);
  Say(world, "the relay", days);
  world.SetRelayClock(days);
  return [&world, days] { world.SetRelayClock(-days); };
}

constexpr Fault kClockFaults[] = {{"both clocks jump", FaultKind::kClock, BothJump},
                                  {"the program's clock jumps", FaultKind::kClock, ProgramJumps},
                                  {"the relay's clock jumps", FaultKind::kClock, RelayJumps}};

}  // namespace

std::span<const Fault> ClockFaults() {
  return kClockFaults;
}

}  // namespace keymeter::testing
