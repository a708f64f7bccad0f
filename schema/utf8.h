#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// UTF-8 and the properties of Unicode characters, by utf8proc. Threads: pure functions.
///
/// Valid UTF-8 has no overlong forms, no surrogates, nothing beyond U+10FFFF, and is not cut off.
namespace keymeter::utf8 {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< its length in the text, 1 to 4
};

/// The code point that `text` begins with; nothing when it is empty or its first bytes are not valid UTF-8.
[[nodiscard]] std::optional<CodePoint> First(std::string_view text);

[[nodiscard]] bool IsValid(std::string_view text);

/// The text with U+FFFD in the place of each byte that is not valid UTF-8.
[[nodiscard]] std::string Repaired(std::string_view text);

/// The longest beginning of `text` that has at most `most_bytes` bytes and ends with a whole character.
/// Bytes that are not valid UTF-8 are kept.
[[nodiscard]] std::string_view Truncated(std::string_view text, std::size_t most_bytes);

/// Appends what a code point is when its case does not count: Unicode's full case folding, one code point or
/// several
/// ("ß" is "ss", "ς" and "Σ" are "σ").
void AppendFolded(char32_t c, std::u32string& out);

/// Columns that a terminal gives it: 0 (combining), 1 or 2 (Chinese, emoji). Nothing for what must not be
/// printed: control characters, line separators, unassigned code points.
[[nodiscard]] std::optional<int> ColumnsOf(char32_t c);

/// Columns of a whole text; a byte that is not valid UTF-8 takes one, what must not be printed takes none.
[[nodiscard]] std::size_t WidthOf(std::string_view text);

}  // namespace keymeter::utf8
