#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keymeter::processor {

/// Recognizes messages of known channels in the bytes of a subscribed connection, by comparing them with what
/// Redis writes before a payload, which is the same for every message of a channel:
///
///     *3\r\n$7\r\nmessage\r\n$<n>\r\n<channel>\r\n$<n>\r\n<payload>\r\n
///
/// Not a parser: whatever looks otherwise, or is not whole, is left to one. Nearly all that comes looks so,
/// and this takes a tenth of what a parser needs for it.
/// Threads: one. Bounds: no allocation, no copy; each byte before the payload is looked at once.
class MessageFrames {
 public:
  struct Message {
    std::size_t size = 0;  ///< of the frame, bytes; 0: there is none at the front
    std::size_t channel = 0;
    std::string_view payload;  ///< inside the bytes given
  };

  explicit MessageFrames(const std::vector<std::string>& channels);

  [[nodiscard]] Message First(std::string_view bytes);

 private:
  [[nodiscard]] bool FindChannel(std::string_view bytes);

  std::vector<std::string> heads_;  ///< by channel: the frame up to the payload's length
  std::size_t last_ = 0;            ///< messages of a channel mostly come in a row
};

}  // namespace keymeter::processor
