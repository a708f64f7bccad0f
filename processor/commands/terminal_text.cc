#include "processor/commands/terminal_text.h"

#include <clocale>
#include <cwchar>

namespace keymeter::processor {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kPlain = "\x1b[0m";

/// One character, or one colour sequence.
struct Glyph {
  std::string_view bytes;
  int columns = 0;  ///< -1: nothing that may be printed
};

std::size_t LengthOfUtf8(unsigned char first) {
  return first < 0x80                    ? 1
         : first >= 0xC2 && first < 0xE0 ? 2
         : first >= 0xE0 && first < 0xF0 ? 3
         : first >= 0xF0 && first < 0xF5 ? 4
                                         : 0;
}

/// wcwidth speaks the process' locale, and knows no more than ASCII in the one that programs start with.
int ColumnsOf(char32_t letter) {
  static const bool has_utf8 = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  const bool turns_direction =
      (letter >= 0x202A && letter <= 0x202E) || (letter >= 0x2066 && letter <= 0x2069);
  if (turns_direction || letter < ' ' || (letter >= 0x7F && letter < 0xA0)) return -1;
  return has_utf8 ? ::wcwidth(static_cast<wchar_t>(letter)) : 1;
}

Glyph FirstGlyph(std::string_view text, bool with_colours) {
  const std::size_t colour_end =
      with_colours && text.starts_with("\x1b[") ? text.find('m') : std::string_view::npos;
  if (colour_end != std::string_view::npos) return {text.substr(0, colour_end + 1), 0};
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = LengthOfUtf8(first);
  if (length == 0 || length > text.size()) return {text.substr(0, 1), -1};
  char32_t letter = length == 1 ? first : first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return {text.substr(0, 1), -1};
    letter = letter << 6U | (byte & 0x3FU);
  }
  const bool is_overlong = (length == 3 && letter < 0x800) || (length == 4 && letter < 0x10000);
  const bool is_no_letter = (letter >= 0xD800 && letter < 0xE000) || letter > 0x10FFFF;
  if (is_overlong || is_no_letter) return {text.substr(0, 1), -1};
  return {text.substr(0, length), ColumnsOf(letter)};
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const Glyph glyph = FirstGlyph(text, false);
    printable += glyph.columns < 0 ? kReplacement : glyph.bytes;
    text.remove_prefix(glyph.bytes.size());
  }
  return printable;
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Glyph glyph = FirstGlyph(text, true);
    if (glyph.columns > 0) columns += static_cast<std::size_t>(glyph.columns);
    text.remove_prefix(glyph.bytes.size());
  }
  return columns;
}

std::string Clipped(std::string_view text, std::size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  std::string clipped;
  bool is_coloured = false;
  for (std::size_t used = 0; !text.empty();) {
    const Glyph glyph = FirstGlyph(text, true);
    const auto wide = static_cast<std::size_t>(glyph.columns > 0 ? glyph.columns : 0);
    if (used + wide + 1 > columns) break;  // one is for the ellipsis
    is_coloured = is_coloured || glyph.bytes.starts_with('\x1b');
    clipped += glyph.bytes;
    used += wide;
    text.remove_prefix(glyph.bytes.size());
  }
  if (columns > 0) clipped += kEllipsis;
  return is_coloured ? clipped.append(kPlain) : clipped;
}

std::string Padded(std::string_view text, std::size_t columns) {
  std::string padded = Clipped(text, columns);
  const std::size_t width = DisplayWidth(padded);
  return padded.append(columns > width ? columns - width : 0, ' ');
}

}  // namespace keymeter::processor
