#include "processor/redis/output_buffer.h"

#include <algorithm>
#include <charconv>

namespace keymeter::processor {

namespace {

/// Cuts the first word off the text and returns it.
std::string_view NextWord(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::optional<std::int64_t> NumberOf(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The number of " name=123" in a line of CLIENT LIST.
std::optional<std::int64_t> FieldOf(std::string_view line, std::string_view name) {
  while (!line.empty()) {
    const std::string_view word = NextWord(line);
    if (word.starts_with(name) && word.size() > name.size() && word[name.size()] == '=')
      return NumberOf(word.substr(name.size() + 1));
  }
  return std::nullopt;
}

}  // namespace

std::optional<BufferLimit> PubSubLimit(std::string_view text) {
  while (!text.empty()) {
    const std::string_view kind = NextWord(text);
    const auto hard_bytes = NumberOf(NextWord(text));
    const auto soft_bytes = NumberOf(NextWord(text));
    const auto soft_seconds = NumberOf(NextWord(text));
    if (!hard_bytes || !soft_bytes || !soft_seconds) return std::nullopt;
    if (kind == "pubsub") return BufferLimit{*hard_bytes, *soft_bytes, *soft_seconds};
  }
  return std::nullopt;
}

std::optional<std::int64_t> OutputBufferBytes(std::string_view client_list, std::int64_t client_id) {
  while (!client_list.empty()) {
    const std::size_t end = std::min(client_list.find('\n'), client_list.size());
    const std::string_view line = client_list.substr(0, end);
    if (FieldOf(line, "id") == client_id) return FieldOf(line, "omem");
    client_list.remove_prefix(std::min(end + 1, client_list.size()));
  }
  return std::nullopt;
}

}  // namespace keymeter::processor
