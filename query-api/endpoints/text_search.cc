#include "query-api/endpoints/text_search.h"

#include <clocale>
#include <cwctype>

#include <locale.h>

namespace keymeter::query_api {

namespace {

constexpr char32_t kNoUtf8 = 0xDC00;  ///< plus the byte: what no text that is UTF-8 holds

/// glibc has it built in; where there is none, only ASCII letters have a case.
locale_t Utf8Locale() {
  static locale_t const locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char32_t LowerOf(char32_t c) {
  if (c < 0x80) return c >= U'A' && c <= U'Z' ? c + (U'a' - U'A') : c;
  if (Utf8Locale() == nullptr) return c;
  return static_cast<char32_t>(::towlower_l(static_cast<wint_t>(c), Utf8Locale()));
}

bool HasCase(char32_t c) {
  return Utf8Locale() != nullptr &&
         (LowerOf(c) != c || static_cast<char32_t>(::towupper_l(static_cast<wint_t>(c), Utf8Locale())) != c);
}

std::size_t LengthOf(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

/// The code point at the front, which is taken off; a byte that begins none stands for itself.
char32_t TakeFrom(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = LengthOf(first);
  char32_t c = length <= 1 ? first : first & (0xFFU >> (length + 1));
  bool is_whole = length > 0 && length <= text.size();
  for (std::size_t i = 1; is_whole && i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    is_whole = (next & 0xC0U) == 0x80U;
    c = (c << 6U) | (next & 0x3FU);
  }
  text.remove_prefix(is_whole ? length : 1);
  return is_whole ? c : kNoUtf8 + first;
}

}  // namespace

bool TextSearch::IsNeededFor(std::string_view text) {
  while (!text.empty()) {
    const char32_t c = TakeFrom(text);
    if (c >= 0x80 && HasCase(c)) return true;
  }
  return false;
}

std::u32string TextSearch::Fold(std::string_view text) {
  std::u32string folded;
  folded.reserve(text.size());
  while (!text.empty()) folded.push_back(LowerOf(TakeFrom(text)));
  return folded;
}

}  // namespace keymeter::query_api
