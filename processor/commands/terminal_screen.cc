#include "processor/commands/terminal_screen.h"

#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "processor/commands/terminal_text.h"

namespace keymeter::processor {

namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // alternate screen, no cursor
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

bool Put(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

winsize WindowSize() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    size.ws_col = 80;
    size.ws_row = 24;
  }
  return size;
}

bool IsSet(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

bool IsOnTerminal() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

bool WantsColours() {
  return IsOnTerminal() && !IsSet("NO_COLOR");
}

TerminalScreen::TerminalScreen() {
  Put(kEnter);
}

TerminalScreen::~TerminalScreen() {
  Put(kLeave);
}

bool TerminalScreen::Show(std::string_view text) {
  const winsize size = WindowSize();
  std::string frame(kHome);
  for (int row = 0; row < size.ws_row && !text.empty(); ++row) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    // No line break behind the last row: it would scroll.
    frame.append(row == 0 ? "" : "\r\n").append(Clipped(text.substr(0, end), size.ws_col)).append(kClearLine);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return Put(frame.append(kClearBelow));
}

}  // namespace keymeter::processor
