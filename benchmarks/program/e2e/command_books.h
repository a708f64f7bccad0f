#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace keymeter::e2e {

/// Redis' statistics of one command since CONFIG RESETSTAT.
struct CommandBook {
  std::int64_t calls = 0;
  std::int64_t micros = 0;
};

/// By the command's name in INFO: "hincrby", "config|get".
using CommandBooks = std::map<std::string, CommandBook, std::less<>>;

/// Parses the answer to INFO commandstats; other lines are skipped.
[[nodiscard]] CommandBooks ParseCommandStats(std::string_view info);

/// Whether a relay sends this command, or the benchmark itself (CONFIG RESETSTAT, PUBLISH of the end mark).
/// Neither keymeter nor the naive client sends any of these while measured, so all other commands are theirs.
[[nodiscard]] bool IsOfTraffic(std::string_view command);

/// Sums over all commands, and over those that are not of the traffic.
[[nodiscard]] CommandBook AllCommands(const CommandBooks& books);
[[nodiscard]] CommandBook ClientCommands(const CommandBooks& books);

/// Events of hashes that the traffic raised: one for each HINCRBY, HSET and HMSET. The relay's DELs are all
/// of keys that are not there, which raise none, and its times to live are days.
[[nodiscard]] std::int64_t RaisedEvents(const CommandBooks& books);

}  // namespace keymeter::e2e
