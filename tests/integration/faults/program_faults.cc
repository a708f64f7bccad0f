#include "tests/integration/faults/program_faults.h"

#include <csignal>

#include <sys/resource.h>

#include "schema/sqlite.h"

namespace keymeter::testing {

namespace {

using End = std::function<void()>;

/// The names of all crash points; see schema/crash_point.h.
constexpr const char* kCrashPoints[] = {
    "flush.begun",           "flush.series",         "flush.growth",      "flush.readings",
    "flush.adjustments",     "flush.coverage",       "flush.history",     "flush.before_commit",
    "flush.after_commit",    "roll_up.begun",        "roll_up.level",     "roll_up.readings",
    "roll_up.before_commit", "roll_up.after_commit", "checkpoint.before", "checkpoint.after"};

End Killed(World& world) {
  world.Kill();
  world.KeepDown(world.random().Chance(50));
  return [&world] { world.KeepDown(false); };
}

End Stopped(World& world) {
  world.Terminate();
  world.KeepDown(world.random().Chance(50));
  return [&world] { world.KeepDown(false); };
}

End Frozen(World& world) {
  if (!world.IsAlive()) return {};
  world.process().Signal(SIGSTOP);
  return [&world] {
    if (world.IsAlive()) world.process().Signal(SIGCONT);
  };
}

constexpr Fault kProgramFaults[] = {
    {"the program is killed", FaultKind::kProgram, Killed},
    {"the program is killed at a crash point", FaultKind::kProgram, KillAtACrashPoint},
    {"the program is stopped", FaultKind::kProgram, Stopped},
    {"the program is frozen", FaultKind::kProgram, Frozen}};

void LimitFiles(World& world, rlim_t bytes) {
  if (!world.IsAlive()) return;
  const rlimit limit = {bytes, RLIM_INFINITY};
  (void)::prlimit(world.process().pid(), RLIMIT_FSIZE, &limit, nullptr);
}

/// Not a byte may be written, or the next page beyond what is there.
End NoRoom(World& world) {
  const std::size_t wal_bytes = ReadFile(world.Db() + "-wal").size();
  LimitFiles(world, world.random().Chance(50) ? 0 : wal_bytes);
  world.TolerateFailure(true);
  return [&world] {
    LimitFiles(world, RLIM_INFINITY);
    world.KeepAlive();
    world.TolerateFailure(false);
  };
}

/// Somebody else writes the file, for longer than a flush waits.
End Locked(World& world) {
  if (!world.Await(Milliseconds(3000), [&] { return !ReadFile(world.Db()).empty() && world.IsMetering(); }))
    return {};
  auto database = std::make_shared<Database>(Database::Open(world.Db(), Database::Mode::kReadWrite).value());
  if (!database->Execute("BEGIN IMMEDIATE")) return {};  // a flush has it: that was no fault
  world.TolerateFailure(true);
  return [database, &world] {
    (void)database->Execute("ROLLBACK");
    world.KeepAlive();
    world.TolerateFailure(false);
  };
}

constexpr Fault kFileFaults[] = {{"there is no room for the file", FaultKind::kFile, NoRoom},
                                 {"the file is locked", FaultKind::kFile, Locked}};

}  // namespace

std::function<void()> KillAtACrashPoint(World& world) {
  const std::string point = kCrashPoints[world.random().Between(0, std::size(kCrashPoints) - 1)];
  const bool is_at_stop = point.starts_with("checkpoint");
  // A flush comes every 200 ms, a roll-up every minute, which is a second.
  const auto pass = is_at_stop ? 1 : world.random().Between(1, point.starts_with("roll_up") ? 2 : 5);
  world.Say(fmt::format("at {}:{}", point, pass));
  world.Kill();
  world.CrashAtNextStart(fmt::format("{}:{}", point, pass));
  world.KeepAlive();
  if (is_at_stop) {
    (void)world.Await(Milliseconds(3000), [&] { return world.IsMetering(); });
    world.Terminate();
    return {};
  }
  const pid_t pid = world.process().pid();
  (void)world.Await(Milliseconds(2500), [&] { return world.process().pid() != pid; });
  return {};
}

std::span<const Fault> ProgramFaults() {
  return kProgramFaults;
}

std::span<const Fault> FileFaults() {
  return kFileFaults;
}

}  // namespace keymeter::testing
