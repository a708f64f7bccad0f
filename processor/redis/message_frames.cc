#include "processor/redis/message_frames.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

namespace keymeter::processor {

MessageFrames::MessageFrames(const std::vector<std::string>& channels) {
  assert(!channels.empty());
  heads_.reserve(channels.size());
  for (const std::string& channel : channels) {
    heads_.push_back(fmt::format("*3\r\n$7\r\nmessage\r\n${}\r\n{}\r\n$", channel.size(), channel));
    longest_head_ = std::max(longest_head_, heads_.back().size());
  }
}

bool MessageFrames::FindChannel(const char* bytes) {
  for (std::size_t channel = 0; channel < heads_.size(); ++channel) {
    if (!IsHead(channel, bytes)) continue;
    last_ = channel;
    return true;
  }
  return false;
}

}  // namespace keymeter::processor
