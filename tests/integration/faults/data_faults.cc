#include "tests/integration/faults/fault.h"

namespace keymeter::testing {

namespace {

using End = std::function<void()>;

const UsageId& AnySeries(World& world) {
  return AnyOf(world.random().Chance(60) ? RelayWriter::Keys() : RelayWriter::Accounts(), world.random());
}

/// Every hash of the series that Redis holds: what is done to one is done to all, as the relay does it, or
/// its own hours and days would part.
std::vector<std::string> HashesOf(RedisClient& redis, const UsageId& series) {
  const std::string glob = series.kind == "account"
                               ? "account_usage:model:*:" + series.entity + ":" + series.model + ":*"
                               : "usage:" + series.entity + ":model:*:" + series.model + "*";
  return redis.Must({"KEYS", glob}).Texts();
}

End FlushAll(World& world) {
  world.redis().Connect().Must({"FLUSHALL"});
  return {};
}

/// A usage reset: all hashes go, and the next requests begin them anew before anybody has looked.
End Reset(World& world) {
  const auto hold = world.relay().Hold();
  RedisClient redis = world.redis().Connect();
  const UsageId& series = AnySeries(world);
  std::string pipeline;
  for (const std::string& hash : HashesOf(redis, series)) AppendResp(pipeline, {"DEL", hash});
  Amounts amounts;
  amounts[Metric::kRequests] = world.random().Between(1, 1000);
  amounts[Metric::kInputTokens] = world.random().Between(0, 1'000'000);
  if (world.random().Chance(70)) {
    const std::int64_t at_ms = world.clock().WallMs();
    world.relay().Note(series, amounts, at_ms);
    for (const RedisCommand& command : UsageCommands(series, amounts, at_ms)) AppendResp(pipeline, command);
  }
  (void)redis.Pipe(pipeline);
  return {};
}

/// Readings overtake the events that they are of: what was deleted and begun anew must not count twice.
End ResetWhileEventsAreLate(World& world) {
  world.proxy().Slow(FaultProxy::Who::kSubscription, FaultProxy::Way::kToClient,
                     {.delay_ms = world.random().Between(50, 400)});
  const std::int64_t resets = world.random().Between(2, 6);
  for (std::int64_t i = 0; i < resets; ++i) {
    world.Dwell(world.random().Between(5, 60));
    Reset(world);
  }
  return [&world] { world.proxy().Heal(); };
}

End Decrement(World& world) {
  const auto hold = world.relay().Hold();
  RedisClient redis = world.redis().Connect();
  Amounts amounts;
  amounts[Metric::kRequests] = -world.random().Between(1, 5);
  amounts[Metric::kOutputTokens] = -world.random().Between(0, 5000);
  for (const RedisCommand& command : UsageCommands(AnySeries(world), amounts, world.clock().WallMs()))
    (void)redis.Command(command);
  return {};
}

/// Hashes go back to what they held a while ago, by RESTORE or under another name in between.
End PutBack(World& world) {
  world.BringBack();
  const UsageId& series = AnySeries(world);
  const bool by_rename = world.random().Chance(50);
  std::vector<std::pair<std::string, std::string>> kept;  // the hash; its dump, or the copy's name
  {
    const auto hold = world.relay().Hold();
    RedisClient redis = world.redis().Connect();
    for (const std::string& hash : HashesOf(redis, series)) {
      if (by_rename) redis.Must({"COPY", hash, "kept:" + hash, "REPLACE"});
      kept.emplace_back(hash, by_rename ? "kept:" + hash : redis.Text({"DUMP", hash}));
    }
  }
  world.Dwell(world.random().Between(20, 150));
  const auto hold = world.relay().Hold();
  RedisClient redis = world.redis().Connect();
  // An hour that began meanwhile stays, so the day is not what it was either.
  for (const auto& [hash, value] : kept)
    (void)redis.Command(by_rename ? RedisCommand{"RENAME", value, hash}
                                  : RedisCommand{"RESTORE", hash, "0", value, "REPLACE"});
  return {};
}

/// A migration writes absolute values over some hours, as HSET does.
End Overwrite(World& world) {
  world.BringBack();
  const auto hold = world.relay().Hold();
  RedisClient redis = world.redis().Connect();
  const HashNames names = NamesOf(AnySeries(world), world.clock().WallMs());
  for (const std::string& hash : {names.daily, names.hourly})
    redis.Must({"HSET", hash, "inputTokens", std::to_string(world.random().Between(0, 3'000'000))});
  redis.Must({"SADD", names.hourly_index, names.index_member});
  return {};
}

/// Redis has too little memory for a moment, and takes hashes and index sets away.
End Evict(World& world) {
  const auto hold = world.relay().Hold();
  RedisClient redis = world.redis().Connect();
  const std::string memory = redis.Text({"INFO", "memory"});
  const std::int64_t used = std::stoll(memory.substr(memory.find("used_memory:") + 12));
  const std::int64_t most = world.random().Chance(30) ? 1 : used - world.random().Between(1000, 100'000);
  redis.Must({"CONFIG", "SET", "maxmemory-policy", "allkeys-random"});
  redis.Must({"CONFIG", "SET", "maxmemory", std::to_string(most)});
  (void)redis.Command({"SET", "needs", "memory"});  // evicts, or is refused
  redis.Must({"CONFIG", "SET", "maxmemory", "0"});
  redis.Must({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  return {};
}

End DeleteFields(World& world) {
  const auto hold = world.relay().Hold();
  RedisClient redis = world.redis().Connect();
  const std::size_t first = static_cast<std::size_t>(world.random().Between(0, 3));
  for (const std::string& hash : HashesOf(redis, AnySeries(world)))
    redis.Must({"HDEL", hash, CounterFields()[first].name, CounterFields()[first + 1].name});
  return {};
}

/// The relay's hashes are under other names for a while, and what it began meanwhile is overwritten.
End RenameAwayAndBack(World& world) {
  world.BringBack();
  const UsageId& series = AnySeries(world);
  std::vector<std::string> hashes;
  {
    const auto hold = world.relay().Hold();
    RedisClient redis = world.redis().Connect();
    hashes = HashesOf(redis, series);
    for (const std::string& hash : hashes) redis.Must({"RENAME", hash, "kept:" + hash});
  }
  world.Dwell(world.random().Between(1, 60));
  const auto hold = world.relay().Hold();
  RedisClient redis = world.redis().Connect();
  for (const std::string& hash : hashes) (void)redis.Command({"RENAME", "kept:" + hash, hash});
  return {};
}

/// Another database stands in the place of the relay's, and then the relay's own again.
End Swap(World& world) {
  world.BringBack();
  const auto swap = [&world] {
    const auto hold = world.relay().Hold();
    world.redis().Connect().Must({"SWAPDB", "0", "1"});
  };
  swap();
  if (world.random().Chance(30)) return {};
  return swap;
}

constexpr Fault kDataFaults[] = {
    {"FLUSHALL", FaultKind::kData, FlushAll},
    {"a usage reset", FaultKind::kData, Reset},
    {"usage resets while events are late", FaultKind::kData, ResetWhileEventsAreLate},
    {"a counter is decremented", FaultKind::kData, Decrement},
    {"hashes are put back", FaultKind::kData, PutBack},
    {"values are written over", FaultKind::kData, Overwrite},
    {"hashes are evicted", FaultKind::kData, Evict},
    {"fields are deleted", FaultKind::kData, DeleteFields},
    {"hashes are renamed away and back", FaultKind::kData, RenameAwayAndBack},
    {"databases are swapped", FaultKind::kData, Swap}};

}  // namespace

std::span<const Fault> DataFaults() {
  return kDataFaults;
}

}  // namespace keymeter::testing
