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
                                    {"connections are refused", FaultKind::kNetwork, Refused}};

}  // namespace

std::span<const Fault> NetworkFaults() {
  return kNetworkFaults;
}

}  // namespace keymeter::testing
