#include "tests/integration/faults/fault.h"

namespace keymeter::testing {

namespace {

using Who = FaultProxy::Who;
using Way = FaultProxy::Way;
using Cut = FaultProxy::Cut;
using End = std::function<void()>;

Who AnyWho(World& world) {
  return static_cast<Who>(world.random().Between(0, 2));
}

Way AnyWay(World& world) {
  return static_cast<Way>(world.random().Between(0, 2));
}

End Healing(World& world) {
  return [&world] { world.proxy().Heal(); };
}

End Slowed(World& world, const FlowFault& fault) {
  world.proxy().Slow(AnyWho(world), AnyWay(world), fault);
  return Healing(world);
}

End CutByFin(World& world) {
  world.proxy().CutNow(AnyWho(world), Cut::kFin);
  return {};
}

End CutByReset(World& world) {
  world.proxy().CutNow(AnyWho(world), Cut::kReset);
  return {};
}

End Lost(World& world) {
  world.proxy().LoseNow(AnyWho(world));
  return {};
}

End Stalled(World& world) {
  return Slowed(world, {.is_stalled = true});
}

End Delayed(World& world) {
  return Slowed(world, {.delay_ms = world.random().LogBetween(5, 1000)});
}

End Dripping(World& world) {
  return Slowed(world, {.drip_bytes = static_cast<std::size_t>(world.random().LogBetween(1, 500))});
}

End Garbage(World& world) {
  static constexpr const char* kGarbage[] = {
      "!",      "*99999999999\r\n",      "$5\r\nab\r\n",           "\r\n\r\n",
      ":x\r\n", "-ERR nobody asked\r\n", "*3\r\n$7\r\nmessage\r\n"};
  world.proxy().Inject(AnyWho(world), AnyWay(world), kGarbage[world.random().Between(0, 6)]);
  return {};
}

std::string AnyText(relay_load::Random& random, std::span<const char* const> texts) {
  return texts[static_cast<std::size_t>(random.Between(0, static_cast<std::int64_t>(texts.size()) - 1))];
}

/// Well formed, and of the very shapes that are asked for: what a proxy says that takes one connection for
/// another, or that an aborted command leaves for the next one.
Disorder AnyDisorder(relay_load::Random& random, Way way) {
  static const std::string nine = [] {
    std::string reply = "*9\r\n";
    for (int i = 0; i < 9; ++i) reply += "$3\r\n555\r\n";
    return reply;
  }();
  static const char* const replies[] = {
      nine.c_str(),
      "$-1\r\n",
      ":555\r\n",
      "+OK\r\n",
      "+PONG\r\n",
      "*2\r\n$1\r\n0\r\n*0\r\n",
      "$32\r\n00000000000000000000000000000000\r\n",
      "*2\r\n$4\r\npong\r\n$32\r\n00000000000000000000000000000000\r\n",
      "*3\r\n$9\r\nsubscribe\r\n$19\r\n__keyevent@0__:hset\r\n:1\r\n",
      "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"};
  static constexpr const char* kCommands[] = {"*1\r\n$4\r\nPING\r\n",
                                              "*2\r\n$4\r\nECHO\r\n$3\r\n555\r\n",
                                              "*4\r\n$5\r\nHMGET\r\n$5\r\nusage\r\n$1\r\na\r\n$1\r\nb\r\n",
                                              "*1\r\n$5\r\nMULTI\r\n",
                                              "*2\r\n$6\r\nSELECT\r\n$1\r\n1\r\n",
                                              "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n",
                                              "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n",
                                              "*2\r\n$10\r\nPSUBSCRIBE\r\n$4\r\nnews\r\n"};
  Disorder disorder{static_cast<Disorder::Kind>(random.Between(0, 3)), ""};
  if (disorder.kind == Disorder::Kind::kStray)
    disorder.bytes = way == Way::kToServer ? AnyText(random, kCommands) : AnyText(random, replies);
  return disorder;
}

End OutOfStep(World& world) {
  const std::int64_t times = world.random().LogBetween(1, 6);
  for (std::int64_t i = 0; i < times; ++i) {
    const Way way = world.random().Chance(60) ? Way::kToClient : Way::kToServer;
    const Who who = AnyWho(world);
    world.proxy().Disturb(who, way, AnyDisorder(world.random(), way));
    world.Dwell(world.random().LogBetween(1, 60));
  }
  return {};
}

End Refused(World& world) {
  world.proxy().RefuseNew();
  world.proxy().CutNow(AnyWho(world), Cut::kReset);
  return Healing(world);
}

constexpr Fault kNetworkFaults[] = {{"connections are closed", FaultKind::kNetwork, CutByFin},
                                    {"connections are reset", FaultKind::kNetwork, CutByReset},
                                    {"connections are half open", FaultKind::kNetwork, Lost},
                                    {"the network stalls", FaultKind::kNetwork, Stalled},
                                    {"the network is late", FaultKind::kNetwork, Delayed},
                                    {"the network drips", FaultKind::kNetwork, Dripping},
                                    {"garbage arrives", FaultKind::kNetwork, Garbage},
                                    {"replies are out of step", FaultKind::kNetwork, OutOfStep},
                                    {"connections are refused", FaultKind::kNetwork, Refused}};

}  // namespace

std::span<const Fault> NetworkFaults() {
  return kNetworkFaults;
}

}  // namespace keymeter::testing
