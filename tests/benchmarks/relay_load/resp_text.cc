#include "tests/benchmarks/relay_load/resp_text.h"

#include <stdexcept>

namespace keymeter::relay_load {
namespace {

std::size_t TakeNumber(std::string_view& rest, char mark) {
  const std::size_t end = rest.find("\r\n");
  if (end == std::string_view::npos || rest.front() != mark) throw std::runtime_error("not RESP");
  const std::size_t number = std::stoull(std::string(rest.substr(1, end - 1)));
  rest.remove_prefix(end + 2);
  return number;
}

}  // namespace

std::vector<testing::RedisCommand> CommandsIn(std::string_view resp) {
  std::vector<testing::RedisCommand> commands;
  while (!resp.empty()) {
    testing::RedisCommand command(TakeNumber(resp, '*'));
    for (std::string& word : command) {
      const std::size_t size = TakeNumber(resp, '$');
      if (resp.size() < size + 2) throw std::runtime_error("RESP is cut short");
      word = resp.substr(0, size);
      resp.remove_prefix(size + 2);
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

CounterValues CountersAfter(const std::vector<testing::RedisCommand>& commands) {
  CounterValues values;
  for (const testing::RedisCommand& command : commands) {
    if (command.size() != 4) continue;
    if (command[0] == "hincrby") values[{command[1], command[2]}] += std::stoll(command[3]);
    if (command[0] == "hset" && command[1] != "apikey:hash_map") {
      values[{command[1], command[2]}] = std::stoll(command[3]);
    }
  }
  return values;
}

std::string TextOf(const RespWriter& writer) {
  std::string text;
  for (const testing::RedisCommand& command : CommandsIn(writer.Bytes())) {
    for (const std::string& arg : command) text += (&arg == command.data() ? "" : " ") + arg;
    text += "\n";
  }
  return text;
}

}  // namespace keymeter::relay_load
