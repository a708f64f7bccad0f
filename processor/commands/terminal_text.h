#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Texts in columns of a terminal. Names may have letters of two columns (Chinese), combining letters, or
/// escape sequences meant to attack the terminal.
namespace keymeter::processor {

/// Replaces control characters and bytes that are not UTF-8 by U+FFFD.
[[nodiscard]] std::string Printable(std::string_view text);

/// Columns that a printable text takes; colours (ESC [ … m) take none.
[[nodiscard]] std::size_t DisplayWidth(std::string_view text);

/// The beginning of the text in at most `columns`, with "…" where the rest is cut off; open colours are
/// closed.
[[nodiscard]] std::string Clipped(std::string_view text, std::size_t columns);

/// Clipped, then filled with blanks up to `columns`.
[[nodiscard]] std::string Padded(std::string_view text, std::size_t columns);

}  // namespace keymeter::processor
