#pragma once

#include <string>
#include <string_view>

namespace keymeter::processor {

/// Whether standard output is a terminal that understands escape sequences (TERM=dumb does not).
[[nodiscard]] bool IsOnTerminal();
/// IsOnTerminal, unless the user wants no colours (NO_COLOR, no-color.org).
[[nodiscard]] bool WantsColours();

/// Switches the terminal to its alternate screen, without a cursor; the destructor restores what was shown
/// before.
///
/// Not where IsOnTerminal is false. Threads: one. Tested by tests/integration/status_test.cc.
class TerminalScreen {
 public:
  TerminalScreen();
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  /// Draws over the last text, without flicker; what does not fit the window is cut off. False: standard
  /// output is closed.
  bool Show(std::string_view text);
};

}  // namespace keymeter::processor
