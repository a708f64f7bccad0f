#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace keymeter::e2e {

/// What Redis has booked of commands since CONFIG RESETSTAT.
struct CommandBook {
  std::int64_t calls = 0;
  std::int64_t micros = 0;
};

/// By command as INFO names it: "hincrby", "config|get".
using CommandBooks = std::map<std::string, CommandBook, std::less<>>;

/// Of the answer to INFO commandstats; lines that are none are skipped.
[[nodiscard]] CommandBooks ParseCommandStats(std::string_view info);

/// A relay's command, or one of those that a benchmark sends around it (CONFIG RESETSTAT, PUBLISH of the end
/// mark). Neither keymeter nor the naive client sends any of these while they are measured: what is left is
/// theirs, also a command that they begin to send tomorrow.
[[nodiscard]] bool IsOfTraffic(std::string_view command);

/// Sums over all commands, and over those that are not of the traffic.
[[nodiscard]] CommandBook AllCommands(const CommandBooks& books);
[[nodiscard]] CommandBook ClientCommands(const CommandBooks& books);

/// Events of hashes that the traffic raised: one for each HINCRBY, HSET and HMSET. The relay's DELs are all
/// of keys that are not there, which raise none, and its times to live are days.
[[nodiscard]] std::int64_t RaisedEvents(const CommandBooks& books);

}  // namespace keymeter::e2e
