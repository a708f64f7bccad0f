#pragma once

#include <string>
#include <string_view>

namespace keymeter::processor {

/// Whether standard output is a terminal that understands escape sequences (TERM=dumb does not).
[[nodiscard]] bool IsOnTerminal();
/// Likewise, and its user has not asked for none (NO_COLOR, no-color.org).
[[nodiscard]] bool WantsColours();

/// The terminal's other screen, without a cursor, while it lives: afterwards the user sees what was there
/// before.
///
/// Threads: one.
class TerminalScreen {
 public:
  TerminalScreen();
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  /// Draws over what is there, without flicker; what does not fit the window is cut off. False: nobody
  /// reads any more.
  bool Show(std::string_view text);
};

}  // namespace keymeter::processor
