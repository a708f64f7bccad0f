#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/support/wait_for.h"

namespace keymeter::testing {

/// A program that a test started on a terminal of its own (a pty, TERM=xterm). Killed at the end of the
/// object. Threads: one. Throws std::runtime_error when it cannot be started.
class TerminalProcess {
 public:
  TerminalProcess(const std::vector<std::string>& argv, int rows, int columns);
  ~TerminalProcess();
  TerminalProcess(const TerminalProcess&) = delete;
  TerminalProcess& operator=(const TerminalProcess&) = delete;

  void Resize(int rows, int columns);
  void Type(const std::string& keys);  ///< "\x03" is Ctrl-C
  void Signal(int signal);

  /// All that it has written so far, escape sequences and all.
  [[nodiscard]] const std::string& Written();
  /// What was drawn since the cursor last went home, without colours; whole frames only.
  [[nodiscard]] std::string Frame();
  /// The exit code, or 128 + signal; nothing when it still runs after the timeout.
  [[nodiscard]] std::optional<int> Wait(Milliseconds timeout = kPatience);

 private:
  pid_t pid_ = -1;
  int terminal_ = -1;
  std::string written_;
  std::optional<int> exit_code_;
};

}  // namespace keymeter::testing
