#include "processor/message_frames.h"

#include <cstring>

#include <fmt/format.h>

namespace keymeter::processor {

namespace {

constexpr std::size_t kLineEnd = 2;  ///< "\r\n"
/// Of a payload's length: longer ones are left to the parser, which knows how much is too much.
constexpr std::size_t kMostDigits = 6;

bool IsLineEnd(const char* at) {
  return at[0] == '\r' && at[1] == '\n';
}

}  // namespace

MessageFrames::MessageFrames(const std::vector<std::string>& channels) {
  heads_.reserve(channels.size());
  for (const std::string& channel : channels)
    heads_.push_back(fmt::format("*3\r\n$7\r\nmessage\r\n${}\r\n{}\r\n$", channel.size(), channel));
}

bool MessageFrames::FindChannel(std::string_view bytes) {
  if (last_ < heads_.size() && bytes.starts_with(heads_[last_])) return true;
  for (last_ = 0; last_ < heads_.size(); ++last_)
    if (bytes.starts_with(heads_[last_])) return true;
  return false;
}

MessageFrames::Message MessageFrames::First(std::string_view bytes) {
  if (!FindChannel(bytes)) return {};
  std::size_t at = heads_[last_].size();
  const std::size_t digits_end = at + kMostDigits;
  if (bytes.size() < digits_end + kLineEnd) return {};  // the last of what came
  std::size_t length = 0;
  const std::size_t digits_begin = at;
  for (; at < digits_end && bytes[at] >= '0' && bytes[at] <= '9'; ++at)
    length = length * 10 + static_cast<std::size_t>(bytes[at] - '0');
  const bool is_number = at > digits_begin && (bytes[digits_begin] != '0' || at == digits_begin + 1);
  if (!is_number || !IsLineEnd(bytes.data() + at)) return {};
  at += kLineEnd;
  if (bytes.size() < at + length + kLineEnd || !IsLineEnd(bytes.data() + at + length)) return {};
  return {at + length + kLineEnd, last_, bytes.substr(at, length)};
}

}  // namespace keymeter::processor
