#include "tests/support/terminal_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace keymeter::testing {

namespace {

winsize SizeOf(int rows, int columns) {
  winsize size{};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return size;
}

/// ESC [ … letter
std::string WithoutEscapes(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      if (text[i] != '\r') plain += text[i];
      continue;
    }
    i = text.find_first_of("ABCDHJKhlm", i + 1);
    if (i == std::string::npos) break;
  }
  return plain;
}

}  // namespace

TerminalProcess::TerminalProcess(const std::vector<std::string>& argv, int rows, int columns) {
  std::vector<std::string> arguments = argv;
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::vector<std::string> environment = {"TERM=xterm", "PATH=/usr/bin:/bin"};
  std::vector<char*> variables = {environment[0].data(), environment[1].data(), nullptr};
  const winsize size = SizeOf(rows, columns);
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
  if (pid_ == 0) {  // async-signal-safe calls only
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execve(pointers[0], pointers.data(), variables.data());
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error(std::string("forkpty: ") + std::strerror(errno));
  ::fcntl(terminal_, F_SETFL, O_NONBLOCK);
  ::fcntl(terminal_, F_SETFD, FD_CLOEXEC);
}

TerminalProcess::~TerminalProcess() {
  Signal(SIGKILL);
  (void)Wait();
  ::close(terminal_);
}

void TerminalProcess::Resize(int rows, int columns) {
  const winsize size = SizeOf(rows, columns);
  ::ioctl(terminal_, TIOCSWINSZ, &size);
}

void TerminalProcess::Type(const std::string& keys) {
  [[maybe_unused]] const auto typed = ::write(terminal_, keys.data(), keys.size());
}

void TerminalProcess::Signal(int signal) {
  if (!exit_code_) ::kill(pid_, signal);
}

const std::string& TerminalProcess::Written() {
  char buffer[16384];
  for (ssize_t count = 0; (count = ::read(terminal_, buffer, sizeof buffer)) > 0;)
    written_.append(buffer, static_cast<std::size_t>(count));
  return written_;
}

std::string TerminalProcess::Frame() {
  const std::string& written = Written();
  const std::size_t end = written.rfind("\x1b[J");
  const std::size_t begin = end == std::string::npos ? end : written.rfind("\x1b[H", end);
  return begin == std::string::npos ? "" : WithoutEscapes(written.substr(begin, end - begin));
}

std::optional<int> TerminalProcess::Wait(Milliseconds timeout) {
  (void)WaitFor(timeout, [this] {
    (void)Written();  // a full terminal would hold it up
    int status = 0;
    if (!exit_code_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return exit_code_.has_value();
  });
  (void)Written();
  return exit_code_;
}

}  // namespace keymeter::testing
