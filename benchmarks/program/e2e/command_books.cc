#include "benchmarks/program/e2e/command_books.h"

#include <algorithm>
#include <charconv>

namespace keymeter::e2e {

namespace {

constexpr std::string_view kLinePrefix = "cmdstat_";

/// The number behind "name=" in "calls=3,usec=7,usec_per_call=2.33".
std::int64_t BookedNumber(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  std::int64_t value = 0;
  if (at != std::string_view::npos)
    std::from_chars(line.data() + at + name.size(), line.data() + line.size(), value);
  return value;
}

}  // namespace

CommandBooks ParseCommandStats(std::string_view info) {
  CommandBooks books;
  while (!info.empty()) {
    const std::size_t end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info.remove_prefix(end == std::string_view::npos ? info.size() : end + 1);
    const std::size_t colon = line.find(':');
    if (!line.starts_with(kLinePrefix) || colon == std::string_view::npos) continue;
    const std::string name(line.substr(kLinePrefix.size(), colon - kLinePrefix.size()));
    line.remove_prefix(colon);
    books[name] = {BookedNumber(line, "calls="), BookedNumber(line, "usec=")};
  }
  return books;
}

bool IsOfTraffic(std::string_view command) {
  static constexpr std::string_view kTraffic[] = {"hincrby", "hset",   "hmset",       "hdel",
                                                  "del",     "expire", "incrbyfloat", "sadd",
                                                  "srem",    "lpush",  "ltrim",       "xadd",
                                                  "zadd",    "set",    "echo",        "exists",
                                                  "dbsize",  "select", "publish",     "config|resetstat"};
  return std::ranges::find(kTraffic, command) != std::end(kTraffic);
}

CommandBook AllCommands(const CommandBooks& books) {
  CommandBook all;
  for (const auto& [name, book] : books) {
    all.calls += book.calls;
    all.micros += book.micros;
  }
  return all;
}

CommandBook ClientCommands(const CommandBooks& books) {
  CommandBook client;
  for (const auto& [name, book] : books) {
    if (IsOfTraffic(name)) continue;
    client.calls += book.calls;
    client.micros += book.micros;
  }
  return client;
}

std::int64_t RaisedEvents(const CommandBooks& books) {
  std::int64_t events = 0;
  for (const char* name : {"hincrby", "hset", "hmset"}) {
    const auto found = books.find(name);
    if (found != books.end()) events += found->second.calls;
  }
  return events;
}

}  // namespace keymeter::e2e
