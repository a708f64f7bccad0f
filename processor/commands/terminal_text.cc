#include "processor/commands/terminal_text.h"

#include "schema/utf8.h"

namespace keymeter::processor {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kPlain = "\x1b[0m";

/// One character, or one colour sequence.
struct Glyph {
  std::string_view bytes;
  int columns = 0;  ///< -1: not printable
};

/// Marks that turn the direction of the text behind them, so that it reads as something else.
bool TurnsDirection(char32_t letter) {
  return (letter >= 0x202A && letter <= 0x202E) || (letter >= 0x2066 && letter <= 0x2069);
}

Glyph FirstGlyph(std::string_view text, bool with_colours) {
  const std::size_t colour_end =
      with_colours && text.starts_with("\x1b[") ? text.find('m') : std::string_view::npos;
  if (colour_end != std::string_view::npos) return {text.substr(0, colour_end + 1), 0};
  const auto letter = utf8::First(text);
  if (!letter) return {text.substr(0, 1), -1};
  const bool is_printable = !TurnsDirection(letter->value);
  return {text.substr(0, letter->bytes), is_printable ? utf8::ColumnsOf(letter->value).value_or(-1) : -1};
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
    if (used + wide + 1 > columns) break;  // one column is reserved for the ellipsis
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
