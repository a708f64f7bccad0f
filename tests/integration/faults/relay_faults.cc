#include "benchmarks/relay_load/life_commands.h"
#include "benchmarks/relay_load/relay_import.h"
#include "tests/integration/faults/fault.h"
#include "tests/integration/faults/imported_usage.h"
#include "tests/integration/relay_snapshot.h"

namespace keymeter::testing {

namespace {

using End = std::function<void()>;
using relay_load::RespWriter;

/// As the relay's own scripts do: amid its traffic, a part after the other.
void SendParts(World& world, RedisClient& redis, const RespWriter& script) {
  std::string_view bytes = script.Bytes();
  for (const RespWriter::Part& part : script.Parts()) {
    (void)redis.Pipe(bytes.substr(0, part.bytes));
    bytes.remove_prefix(part.bytes);
    if (world.random().Chance(10)) world.Dwell(world.random().Between(1, 30));
  }
}

/// The relay starts as another release: it gives what index sets there are a new time to live, and makes
/// those that an old release did not keep; but none of accounts.
End Migrate(World& world) {
  RedisClient redis = world.redis().Connect();
  if (world.random().Chance(50))
    for (const std::string& set : redis.Must({"KEYS", "*:index:*"}).Texts()) redis.Must({"DEL", set});
  relay_load::Snapshot found = TakeSnapshot(redis);
  std::erase_if(found.strings, [](const auto& one) { return one.first.starts_with("system:migration:"); });
  RespWriter script(relay_load::Counting::kIncrement);
  relay_load::AppendStart(script, found, relay_load::Age(), world.clock().WallMs());
  SendParts(world, redis, script);
  return {};
}

/// Of all keys, or of some now and maybe of others the next time.
End Import(World& world) {
  RedisClient redis = world.redis().Connect();
  const ImportedUsage imported(world.BeganAtMs());
  std::vector<std::string> ids = ImportedUsage::KeyIds();
  if (world.random().Chance(30)) ids = {AnyOf(ids, world.random())};
  RespWriter script(relay_load::Counting::kIncrement);
  relay_load::AppendEnhancedImport(script, imported.exported(), ids);
  SendParts(world, redis, script);
  return {};
}

/// All usage of keys is deleted; that of accounts stays.
End ResetAll(World& world) {
  RedisClient redis = world.redis().Connect();
  RespWriter script(relay_load::Counting::kIncrement);
  // In a pause of the traffic the relay's days and hours stay the same, and all days can be compared.
  if (world.random().Chance(50)) {
    const auto hold = world.relay().Hold();
    relay_load::AppendUsageReset(script, TakeSnapshot(redis));
    (void)redis.Pipe(script.Bytes());
    return {};
  }
  relay_load::AppendUsageReset(script, TakeSnapshot(redis));
  SendParts(world, redis, script);
  return {};
}

constexpr Fault kRelayFaults[] = {{"the relay migrates its index sets", FaultKind::kData, Migrate},
                                  {"the relay imports another's usage", FaultKind::kData, Import},
                                  {"the relay resets all usage", FaultKind::kData, ResetAll}};

}  // namespace

std::span<const Fault> RelayFaults() {
  return kRelayFaults;
}

}  // namespace keymeter::testing
