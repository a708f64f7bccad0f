#include "tests/support/child_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace keymeter::testing {

namespace {

struct Pipe {
  int read;
  int write;
};

Pipe MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error(std::strerror(errno));
  return {ends[0], ends[1]};
}

std::vector<std::string> Environment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> entries;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (extra.count(text.substr(0, text.find('='))) == 0) entries.push_back(text);
  }
  for (const auto& [name, value] : extra) entries.push_back(fmt::format("{}={}", name, value));
  return entries;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Between fork and exec: async-signal-safe calls only.
[[noreturn]] void BecomeProgram(char* const* argv, char* const* environment, int out, int err, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execvpe(argv[0], argv, environment);
  constexpr std::string_view kMessage = "cannot be executed\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv,
                           const std::map<std::string, std::string>& extra_environment) {
  std::vector<std::string> arguments = argv;
  std::vector<std::string> environment = Environment(extra_environment);
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const Pipe out = MakePipe();
  const Pipe err = MakePipe();
  const Pipe stop = MakePipe();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    BecomeProgram(argument_pointers.data(), environment_pointers.data(), out.write, err.write, parent);
  ::close(out.write);
  ::close(err.write);
  out_.file = out.read;
  err_.file = err.read;
  stop_read_ = stop.read;
  stop_write_ = stop.write;
  if (pid_ < 0) throw std::runtime_error(fmt::format("fork for {}: {}", argv.at(0), std::strerror(errno)));
  reader_ = std::thread([this] { ReadStreams(); });
}

ChildProcess::~ChildProcess() {
  Kill();
  ::close(stop_write_);
  reader_.join();
  for (int file : {out_.file, err_.file, stop_read_}) ::close(file);
}

std::optional<std::string> ChildProcess::WaitForLine(const LineTest& passes, Milliseconds timeout) {
  std::size_t looked_at = 0;
  std::optional<std::string> found;
  (void)WaitFor(timeout, [&] {
    const MutexLock lock(mutex_);
    for (; looked_at < lines_.size(); ++looked_at) {
      if (!passes(lines_[looked_at])) continue;
      found = lines_[looked_at];
      return true;
    }
    return read_to_end_;
  });
  return found;
}

std::optional<std::string> ChildProcess::WaitForLine(std::string_view part, Milliseconds timeout) {
  return WaitForLine([part](const std::string& line) { return line.find(part) != std::string::npos; },
                     timeout);
}

void ChildProcess::Signal(int signal) {
  if (!exit_code_) ::kill(pid_, signal);
}

void ChildProcess::Kill() {
  Signal(SIGKILL);
  (void)Wait();
}

std::optional<int> ChildProcess::Wait(Milliseconds timeout) {
  (void)WaitFor(timeout, [this] {
    int status = 0;
    if (!exit_code_ && ::waitpid(pid_, &status, WNOHANG) == pid_)
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return exit_code_.has_value();
  });
  // What it printed last may still be in the pipe; a grandchild that keeps it open is not waited for.
  if (exit_code_) (void)WaitFor(Milliseconds(1000), [this] { return IsReadToEnd(); });
  return exit_code_;
}

std::string ChildProcess::StandardOutput() const {
  const MutexLock lock(mutex_);
  return out_.text;
}

std::string ChildProcess::StandardError() const {
  const MutexLock lock(mutex_);
  return err_.text;
}

std::vector<std::string> ChildProcess::Lines() const {
  const MutexLock lock(mutex_);
  return lines_;
}

bool ChildProcess::IsReadToEnd() const {
  const MutexLock lock(mutex_);
  return read_to_end_;
}

void ChildProcess::ReadStreams() {
  pollfd files[3] = {{out_.file, POLLIN, 0}, {err_.file, POLLIN, 0}, {stop_read_, POLLIN, 0}};
  while (files[0].fd >= 0 || files[1].fd >= 0) {
    if (::poll(files, 3, -1) < 0 && errno != EINTR) break;
    if (files[2].revents != 0) break;
    if (files[0].revents != 0 && !ReadOnce(out_)) files[0].fd = -1;
    if (files[1].revents != 0 && !ReadOnce(err_)) files[1].fd = -1;
  }
  const MutexLock lock(mutex_);
  read_to_end_ = true;
}

bool ChildProcess::ReadOnce(Stream& stream) {
  char buffer[16384];
  const ssize_t count = ::read(stream.file, buffer, sizeof buffer);
  if (count < 0) return errno == EINTR;
  if (count == 0) return false;
  const MutexLock lock(mutex_);
  stream.text.append(buffer, static_cast<std::size_t>(count));
  for (std::size_t end = 0; (end = stream.text.find('\n', stream.line_start)) != std::string::npos;
       stream.line_start = end + 1)
    lines_.push_back(stream.text.substr(stream.line_start, end - stream.line_start));
  return true;
}

}  // namespace keymeter::testing
