#include "query-api/endpoints/text_search.h"

#include "schema/utf8.h"

namespace keymeter::query_api {

namespace {

constexpr char32_t kNoUtf8 = 0xDC00;  ///< plus the byte: a surrogate, which no text that is UTF-8 holds

/// The code point at the front, which is taken off; a byte that begins none stands for itself.
char32_t TakeFrom(std::string_view& text) {
  if (const auto byte = static_cast<unsigned char>(text.front()); byte < 0x80) {
    text.remove_prefix(1);
    return byte;
  }
  const auto letter = utf8::First(text);
  const char32_t c = letter ? letter->value : kNoUtf8 + static_cast<unsigned char>(text.front());
  text.remove_prefix(letter ? letter->bytes : 1);
  return c;
}

}  // namespace

std::u32string TextSearch::Fold(std::string_view text) {
  std::u32string folded;
  folded.reserve(text.size());
  while (!text.empty()) utf8::AppendFolded(TakeFrom(text), folded);
  return folded;
}

}  // namespace keymeter::query_api
