/// Input: what comes back from inside; the first byte says whether HEAD was asked. What is taken is one
/// answer, no sooner than its last byte and with nothing after it; what is an error stays one.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "query-api/front/inner_answer.h"

namespace {

using namespace keymeter::query_api;

void Require(bool holds) {
  if (!holds) std::abort();
}

/// Each line of a head has its end, and no other control character.
void RequireLines(std::string_view head) {
  Require(head.starts_with("HTTP/1.1 ") && head.ends_with("\r\n") && !head.ends_with("\r\n\r\n"));
  for (std::size_t at = 0; at < head.size(); ++at) {
    const bool is_end = head[at] == '\r' ? head[at + 1] == '\n' : head[at] == '\n' && head[at - 1] == '\r';
    Require(is_end || (static_cast<unsigned char>(head[at]) >= 0x20 && head[at] != 0x7F));
  }
}

void CheckTaken(const InnerAnswer& answer, std::string_view bytes, bool is_to_head) {
  Require(answer.bytes == bytes.size());
  RequireLines(answer.head);
  Require(answer.head.find("\r\nKeymeter-Handed-Over: ") == std::string_view::npos);
  Require(answer.body.size() <= kMostInlineBody && bytes.ends_with(answer.body));
  const bool has_none = is_to_head || answer.is_handed_over || answer.status < 200 || answer.status == 204 ||
                        answer.status == 304;
  Require(!has_none || answer.body.empty());
  Require(!ReadInnerAnswer(std::string(bytes) + 'H', is_to_head));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool is_to_head = (data[0] & 1U) != 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto answer = ReadInnerAnswer(bytes, is_to_head);
  if (answer && *answer) CheckTaken(**answer, bytes, is_to_head);
  // All parts of what is short, some of what is long: they wait, or are errors as the whole is.
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / 64);
  for (std::size_t end = bytes.size(); end > 0; end -= std::min(step, end)) {
    if (end == bytes.size()) continue;
    const auto part = ReadInnerAnswer(bytes.substr(0, end), is_to_head);
    // A part that is an answer: the whole has too much.
    Require(part ? !*part || !answer : !answer);
  }
  return 0;
}
