#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keymeter::processor {

/// Recognizes messages of known channels in the bytes of a subscribed connection. It compares them with what
/// Redis writes before a payload, which is the same for every message of a channel:
///
///     *3\r\n$7\r\nmessage\r\n$<n>\r\n<channel>\r\n$<n>\r\n<payload>\r\n
///
/// Not a parser: whatever looks different, or is incomplete, is left to PubSubReader's. Nearly everything
/// that comes is a message, and comparing takes a tenth of the time that parsing does.
/// Threads: one. Bounds: no allocation, no copy; each byte before the payload is compared once.
class MessageFrames {
 public:
  struct Message {
    std::size_t size = 0;      ///< of the whole frame, bytes; 0: the bytes do not begin with a message
    std::size_t channel = 0;   ///< index of the list given
    std::string_view payload;  ///< a view into the bytes given
  };

  explicit MessageFrames(const std::vector<std::string>& channels);  ///< at least one

  /// The message that the bytes begin with.
  [[nodiscard]] Message First(std::string_view bytes) {
    if (bytes.size() < longest_head_ + kLeastRest) return {};  // the end of what was read
    if (!IsHead(last_, bytes.data()) && !FindChannel(bytes.data())) return {};
    const std::size_t length_at = heads_[last_].size();
    std::size_t at = length_at;
    std::size_t length = 0;
    for (; IsDigit(bytes[at]) && at < length_at + kMostDigits; ++at)
      length = length * 10 + static_cast<std::size_t>(bytes[at] - '0');
    const bool is_number = at > length_at && (bytes[length_at] != '0' || at == length_at + 1);
    if (!is_number || !IsLineEnd(bytes.data() + at)) return {};
    at += kLineEnd;
    if (bytes.size() < at + length + kLineEnd || !IsLineEnd(bytes.data() + at + length)) return {};
    return {at + length + kLineEnd, last_, {bytes.data() + at, length}};
  }

 private:
  static constexpr std::size_t kLineEnd = 2;  ///< "\r\n"
  /// Digits of a payload's length. Longer ones are left to the parser, which knows how much is too much.
  static constexpr std::size_t kMostDigits = 6;
  static constexpr std::size_t kLeastRest = kMostDigits + 1 + kLineEnd;

  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  static bool IsLineEnd(const char* at) { return at[0] == '\r' && at[1] == '\n'; }
  [[nodiscard]] bool IsHead(std::size_t channel, const char* bytes) const {
    return std::char_traits<char>::compare(bytes, heads_[channel].data(), heads_[channel].size()) == 0;
  }
  [[nodiscard]] bool FindChannel(const char* bytes);

  std::vector<std::string> heads_;  ///< by channel: its frame up to the payload's length
  std::size_t longest_head_ = 0;
  std::size_t last_ = 0;  ///< channel of the last message: those of one channel mostly come in a row
};

}  // namespace keymeter::processor
