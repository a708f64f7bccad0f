#include <filesystem>

#include "tests/integration/faults/fault.h"

namespace keymeter::testing {

namespace {

using End = std::function<void()>;

void Configure(World& world, const char* name, const std::string& value) {
  world.redis().Connect().Must({"CONFIG", "SET", name, value});
}

End Started(World& world) {
  return [&world] { world.redis().Start(); };
}

/// With an append-only file nothing is lost, without one all is.
End Crash(World& world) {
  world.BringBack();
  world.redis().Crash();
  return Started(world);
}

End CrashAndOlderData(World& world) {
  world.BringBack();
  namespace fs = std::filesystem;
  const fs::path log = world.redis().Directory() + "/appendonlydir";
  const fs::path older_log = log.string() + ".older";
  {
    // Not in the midst of a request: a snapshot that cuts one in two would leave the relay's own levels
    // apart.
    const auto hold = world.relay().Hold();
    world.redis().Save();
    if (fs::exists(log)) fs::copy(log, older_log);
  }
  world.Dwell(world.random().Between(20, 150));
  world.redis().Crash();
  if (fs::exists(older_log)) {
    fs::remove_all(log);
    fs::rename(older_log, log);
  }
  return Started(world);
}

End CrashAndNoData(World& world) {
  world.redis().Crash();
  std::filesystem::remove_all(world.redis().Directory() + "/appendonlydir");
  std::filesystem::remove(world.redis().Directory() + "/dump.rdb");
  return Started(world);
}

End Restart(World& world) {
  const auto hold = world.relay().Hold();
  world.redis().Stop(RedisServer::Data::kKept);
  return Started(world);
}

End Paused(World& world) {
  world.redis().Pause();
  return [&world] { world.redis().Resume(); };
}

/// The other server holds what this one holds now, and no more of what comes.
void CopyToOther(World& world) {
  RedisServer& other = world.OtherRedis();
  RedisClient client = other.Connect();
  client.Must({"REPLICAOF", "127.0.0.1", std::to_string(world.redis().port())});
  world.Await(kPatience, [&] {
    return client.Text({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
  });
  const auto hold = world.relay().Hold();
  client.Must({"REPLICAOF", "NO", "ONE"});
}

/// The replica stopped following a while ago; then the master dies, and it takes over.
End Failover(World& world) {
  world.BringBack();
  CopyToOther(world);
  world.Dwell(world.random().Between(20, 150));
  world.redis().Crash();
  world.SwapRedis();
  return [&world] { world.OtherRedis().Start(); };
}

/// The master whom the program is connected to follows older data: the connection stays, the values fall.
End Demoted(World& world) {
  world.BringBack();
  CopyToOther(world);
  world.Dwell(world.random().Between(20, 150));
  RedisServer& demoted = world.redis();
  const auto copy_path = world.OtherRedis().SocketPath();
  world.relay().Retarget(copy_path);
  demoted.Connect().Must({"REPLICAOF", "127.0.0.1", std::to_string(world.OtherRedis().port())});
  return [&world, &demoted] {
    RedisClient client = demoted.Connect();
    world.Await(kPatience, [&] {
      return client.Text({"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
    });
    {
      const auto hold = world.relay().Hold();
      const auto offset = [](RedisClient& of, const char* name) {
        const std::string info = of.Text({"INFO", "replication"});
        return info.substr(info.find(name), info.find('\r', info.find(name)) - info.find(name));
      };
      RedisClient master = world.OtherRedis().Connect();
      (void)WaitFor(
          [&] { return offset(master, "master_repl_offset:") == offset(client, "master_repl_offset:"); });
      client.Must({"REPLICAOF", "NO", "ONE"});
    }
    world.relay().Retarget(demoted.SocketPath());
  };
}

End Filled(World& world) {
  const std::string memory = world.redis().Connect().Text({"INFO", "memory"});
  const std::size_t at = memory.find("used_memory:") + 12;
  // A little more than it has: some requests are refused half-way.
  Configure(world, "maxmemory",
            std::to_string(std::stoll(memory.substr(at)) + world.random().Between(0, 4000)));
  return [&world] { Configure(world, "maxmemory", "0"); };
}

End CutOffForItsOutput(World& world) {
  Configure(world, "client-output-buffer-limit", "pubsub 1 0 0");
  world.relay().Burst(40);
  return [&world] { Configure(world, "client-output-buffer-limit", "pubsub 33554432 8388608 60"); };
}

End Silenced(World& world) {
  Configure(world, "notify-keyspace-events", "");
  return [&world] { Configure(world, "notify-keyspace-events", "Eghxe"); };
}

constexpr Fault kRedisFaults[] = {
    {"Redis is killed", FaultKind::kRedis, Crash},
    {"Redis is killed and comes back with older data", FaultKind::kRedis, CrashAndOlderData},
    {"Redis is killed and comes back empty", FaultKind::kRedis, CrashAndNoData},
    {"Redis is restarted", FaultKind::kRedis, Restart},
    {"Redis hangs", FaultKind::kRedis, Paused},
    {"a replica that is behind takes over", FaultKind::kRedis, Failover},
    {"the master becomes a replica of older data", FaultKind::kRedis, Demoted},
    {"Redis is full", FaultKind::kRedis, Filled},
    {"Redis cuts us off for our output buffer", FaultKind::kRedis, CutOffForItsOutput},
    {"Redis announces nothing", FaultKind::kRedis, Silenced}};

}  // namespace

std::span<const Fault> RedisFaults() {
  return kRedisFaults;
}

}  // namespace keymeter::testing
