#include "benchmarks/processor/hot_path/events.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/support/relay_trace.h"

namespace keymeter::hot_path {

namespace {

/// Index of the channel that a command raises an event on; the number of channels: on none that we take.
std::size_t ChannelOf(const testing::RedisCommand& command) {
  constexpr std::string_view kCommands[] = {"hset", "hincrby"};
  const auto* const found = std::find(std::begin(kCommands), std::end(kCommands), command.front());
  return static_cast<std::size_t>(found - std::begin(kCommands));
}

bool IsMetered(std::string_view key) {
  return (key.starts_with("usage:") && key.find(":model:hourly:") == 6 + 36) ||
         key.starts_with("account_usage:model:hourly:");
}

}  // namespace

Events EventsOfTrace() {
  Events events;
  events.channels = {"__keyevent@0__:hset", "__keyevent@0__:hincrby"};
  const testing::RelayTrace trace = testing::RelayTrace::Load();
  for (const testing::RedisCommand& command : trace.commands()) {
    const std::size_t number = ChannelOf(command);
    if (number == events.channels.size()) continue;
    const std::string& channel = events.channels[number];
    const std::string& key = command.at(1);
    events.stream += fmt::format("*3\r\n$7\r\nmessage\r\n${}\r\n{}\r\n${}\r\n{}\r\n", channel.size(), channel,
                                 key.size(), key);
    if (IsMetered(key)) {
      events.metered.push_back(key);
    } else if (key.starts_with("usage:") || key.starts_with("account_usage:") || key.starts_with("system:")) {
      events.dropped.push_back(key);
    }
  }
  return events;
}

}  // namespace keymeter::hot_path
