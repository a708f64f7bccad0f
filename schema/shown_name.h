#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Ids and names of models as people see them: in the file, in answers, in the log.
///
/// A relay takes a model's name from its clients, so a key may hold any bytes in its place. Most names are
/// shown as they are. Odd ones, which are empty, long, no UTF-8 or hold control characters, get a name that
/// every reader can handle; two different names never get the same one. The file's table odd_name says what
/// they are called in Redis. Threads: pure functions.
namespace keymeter {

/// Stands for an empty id or model that a key names, so that it is not taken for "no model at all".
inline constexpr std::string_view kEmptyName = "\x01(none)";
inline constexpr std::string_view kShownEmptyName = "(none)";
/// Bytes of the longest name that is shown whole.
inline constexpr std::size_t kLongestShownName = 1024;

/// At most kLongestShownName bytes, UTF-8, no control characters, and no name that ShownName makes of
/// another. Empty: no model at all.
[[nodiscard]] bool IsShownAsItIs(std::string_view name);

/// The name itself, or for an odd one "<what can be shown of it>~<20 hex digits of its SHA-256>"; bytes that
/// are no UTF-8, and control characters, become U+FFFD. kEmptyName becomes "(none)".
[[nodiscard]] std::string ShownName(std::string_view name);

/// Text of others that is no name (a description, an error): UTF-8 without NUL, each bad byte U+FFFD.
[[nodiscard]] std::string ShownText(std::string_view text);

}  // namespace keymeter
