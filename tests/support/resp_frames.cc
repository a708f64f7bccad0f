#include "tests/support/resp_frames.h"

#include <charconv>
#include <optional>

namespace keymeter::testing {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

struct Line {
  char type;
  std::int64_t number;  ///< what stands behind the type, where that is a number
  std::size_t size;     ///< with its end
};

std::optional<Line> FirstLine(std::string_view bytes) {
  const std::size_t end = bytes.find(kLineEnd);
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  Line line{bytes[0], 0, end + kLineEnd.size()};
  std::from_chars(bytes.data() + 1, bytes.data() + end, line.number);
  return line;
}

}  // namespace

std::size_t FrameSize(std::string_view bytes) {
  std::size_t size = 0;
  for (std::int64_t values = 1; values > 0; --values) {
    const auto line = FirstLine(bytes.substr(size));
    if (!line) return 0;
    size += line->size;
    if (line->type == '*' && line->number > 0) values += line->number;
    if (line->type == '$' && line->number >= 0)
      size += static_cast<std::size_t>(line->number) + kLineEnd.size();
    if (size > bytes.size()) return 0;
  }
  return size;
}

std::string OtherNumbers(std::string_view frame) {
  std::string other(frame);
  for (std::size_t at = 0; at < other.size();) {
    const auto line = FirstLine(std::string_view(other).substr(at));
    if (!line) break;
    at += line->size;
    if (line->type != '$' || line->number < 0) continue;
    const std::size_t end = at + static_cast<std::size_t>(line->number);
    for (; at < end; ++at)
      if (other[at] >= '0' && other[at] <= '9') other[at] = '5';
    at = end + kLineEnd.size();
  }
  return other;
}

}  // namespace keymeter::testing
