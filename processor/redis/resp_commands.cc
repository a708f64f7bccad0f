#include "processor/redis/resp_commands.h"

#include <array>
#include <charconv>

namespace keymeter::processor {

namespace {

/// "$12\r\n": without fmt, which would be half of what a reading costs to write.
void AppendLength(std::string& out, char type, std::size_t length) {
  std::array<char, 24> line{type};
  char* end = std::to_chars(line.data() + 1, line.data() + line.size(), length).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line.data(), end);
}

}  // namespace

void AppendCommandHeader(std::string& out, std::size_t argument_count) {
  AppendLength(out, '*', argument_count);
}

void AppendArgument(std::string& out, std::string_view argument) {
  AppendLength(out, '$', argument.size());
  out += argument;
  out += "\r\n";
}

void AppendCommand(std::string& out, std::initializer_list<std::string_view> arguments) {
  AppendCommandHeader(out, arguments.size());
  for (std::string_view argument : arguments) AppendArgument(out, argument);
}

void AppendAuth(std::string& out, const RedisUrl& url) {
  if (!url.HasCredentials()) return;
  if (url.user.empty()) return AppendCommand(out, {"AUTH", url.password});
  AppendCommand(out, {"AUTH", url.user, url.password});
}

}  // namespace keymeter::processor
