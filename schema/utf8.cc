#include "schema/utf8.h"

#include <algorithm>
#include <array>

#include <utf8proc.h>

namespace keymeter::utf8 {

namespace {

constexpr char32_t kAsciiEnd = 0x80;
constexpr std::size_t kLongestCodePoint = 4;

bool ContinuesCharacter(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

void FoldByLibrary(char32_t c, std::u32string& out) {
  constexpr std::size_t kMostFolded = 4;  // Unicode's longest has three
  std::array<utf8proc_int32_t, kMostFolded> folded{};
  const utf8proc_ssize_t length = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), folded.data(),
                                                          kMostFolded, UTF8PROC_CASEFOLD, nullptr);
  if (length <= 0 || length > static_cast<utf8proc_ssize_t>(kMostFolded)) {
    out.push_back(c);
    return;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(length); ++i)
    out.push_back(static_cast<char32_t>(folded.at(i)));
}

/// Latin, Greek, Cyrillic and most other scripts that have a case. A search folds 10,000 names for one
/// request: a table takes half the time of the library. 0: it becomes several.
using CommonLetters = std::array<char16_t, 0x2000>;

CommonLetters FoldCommonLetters() {
  CommonLetters letters{};
  std::u32string folded;
  for (char32_t c = 0; c < letters.size(); ++c) {
    folded.clear();
    FoldByLibrary(c, folded);
    const bool fits = folded.size() == 1 && folded.front() <= 0xFFFF;
    letters[c] = fits ? static_cast<char16_t>(folded.front()) : char16_t{0};
  }
  return letters;
}

}  // namespace

std::optional<CodePoint> First(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(text.front());
  if (first < kAsciiEnd) return CodePoint{first, 1};
  utf8proc_int32_t value = -1;
  const utf8proc_ssize_t length =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(std::min(text.size(), kLongestCodePoint)), &value);
  if (length <= 0 || value < 0) return std::nullopt;
  return CodePoint{static_cast<char32_t>(value), static_cast<std::size_t>(length)};
}

bool IsValid(std::string_view text) {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < kAsciiEnd) {
      text.remove_prefix(1);
      continue;
    }
    const auto c = First(text);
    if (!c) return false;
    text.remove_prefix(c->bytes);
  }
  return true;
}

std::string Repaired(std::string_view text) {
  if (IsValid(text)) return std::string(text);
  std::string repaired;
  while (!text.empty()) {
    const auto c = First(text);
    repaired += c ? text.substr(0, c->bytes) : std::string_view("\xEF\xBF\xBD");
    text.remove_prefix(c ? c->bytes : 1);
  }
  return repaired;
}

std::string_view Truncated(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  std::size_t end = most_bytes;
  while (end > 0 && ContinuesCharacter(text[end])) --end;
  return text.substr(0, end);
}

void AppendFolded(char32_t c, std::u32string& out) {
  static const CommonLetters letters = FoldCommonLetters();
  const bool is_common = c < letters.size() && letters[c] != 0;
  if (is_common) {
    out.push_back(letters[c]);
  } else {
    FoldByLibrary(c, out);
  }
}

std::optional<int> ColumnsOf(char32_t c) {
  if (c >= U' ' && c < 0x7F) return 1;
  const auto letter = static_cast<utf8proc_int32_t>(c);
  switch (utf8proc_category(letter)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return std::nullopt;
    case UTF8PROC_CATEGORY_MC:  // terminals give a column to the vowel signs of Indic scripts, utf8proc does
                                // not
      return 1;
    default:
      return utf8proc_charwidth(letter);
  }
}

std::size_t WidthOf(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto c = First(text);
    columns += c ? static_cast<std::size_t>(ColumnsOf(c->value).value_or(0)) : 1;
    text.remove_prefix(c ? c->bytes : 1);
  }
  return columns;
}

}  // namespace keymeter::utf8
