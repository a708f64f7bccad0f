#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Texts in columns of a terminal: names may be Chinese (two columns a letter), combined, or hostile.
namespace keymeter::processor {

/// Without what a terminal would obey: control characters and bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string Printable(std::string_view text);

/// Columns of a printable text; colours (ESC [ … m) take none.
[[nodiscard]] std::size_t DisplayWidth(std::string_view text);

/// The text's beginning in at most `columns`, with "…" where something is cut off; colours are closed.
[[nodiscard]] std::string Clipped(std::string_view text, std::size_t columns);

/// Clipped, and with blanks up to `columns`.
[[nodiscard]] std::string Padded(std::string_view text, std::size_t columns);

}  // namespace keymeter::processor
