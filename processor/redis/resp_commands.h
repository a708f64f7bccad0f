#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include "processor/redis/redis_url.h"

/// Commands as Redis reads them (RESP): "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", appended to what is to be sent.
/// Arguments may hold any bytes.
namespace keymeter::processor {

void AppendCommand(std::string& out, std::initializer_list<std::string_view> arguments);
/// The beginning of a command; so many AppendArgument must follow.
void AppendCommandHeader(std::string& out, std::size_t argument_count);
void AppendArgument(std::string& out, std::string_view argument);
/// HMGET of fields that are given as pairs: the second one is the name in the hash.
template <typename Fields>
void AppendHmget(std::string& out, std::string_view key, const Fields& fields) {
  AppendCommandHeader(out, 2 + fields.size());
  AppendArgument(out, "HMGET");
  AppendArgument(out, key);
  for (const auto& [what, field] : fields) AppendArgument(out, field);
}
/// AUTH with the URL's user and password. Nothing when it has neither.
void AppendAuth(std::string& out, const RedisUrl& url);

}  // namespace keymeter::processor
