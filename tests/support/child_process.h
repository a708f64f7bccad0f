#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "schema/mutex.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {

/// A program that a test started. It is killed with SIGKILL at the end of the object, of the thread that
/// started it, and of the test program. What it prints is kept, both streams in the order of arrival.
///
/// Threads: the one that made it. Bounds: none on what is kept. Throws std::runtime_error when it cannot be
/// started.
class ChildProcess {
 public:
  using LineTest = std::function<bool(const std::string&)>;

  explicit ChildProcess(const std::vector<std::string>& argv,
                        const std::map<std::string, std::string>& extra_environment = {});
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The first line, from either stream, that passes; nothing on timeout or when the program ended without
  /// it.
  [[nodiscard]] std::optional<std::string> WaitForLine(const LineTest& passes,
                                                       Milliseconds timeout = kPatience);
  [[nodiscard]] std::optional<std::string> WaitForLine(std::string_view part,
                                                       Milliseconds timeout = kPatience);

  void Signal(int signal);
  void Kill();  ///< SIGKILL, and waits for the end
  /// The exit code, 128 + signal when a signal ended it; nothing when it still runs after the timeout.
  [[nodiscard]] std::optional<int> Wait(Milliseconds timeout = kPatience);
  [[nodiscard]] bool IsRunning() { return !Wait(Milliseconds(0)).has_value(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string StandardOutput() const;
  [[nodiscard]] std::string StandardError() const;
  [[nodiscard]] std::vector<std::string> Lines() const;  ///< whole lines of both streams

 private:
  struct Stream {
    int file = -1;
    std::string text;
    std::size_t line_start = 0;  ///< of the line that is not whole yet
  };

  void ReadStreams();
  bool ReadOnce(Stream& stream);
  bool IsReadToEnd() const;

  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  int stop_read_ = -1;  ///< closing stop_write_ ends the reader, whoever still holds the streams
  int stop_write_ = -1;
  std::thread reader_;

  mutable Mutex mutex_;
  Stream out_;  ///< the text is protected by mutex_
  Stream err_;
  std::vector<std::string> lines_ GUARDED_BY(mutex_);
  bool read_to_end_ GUARDED_BY(mutex_) = false;
};

}  // namespace keymeter::testing
