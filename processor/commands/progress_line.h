#pragma once

#include <cstdint>
#include <string>

namespace keymeter::processor {

/// How far a command is, on stderr: on a terminal a bar that is drawn over itself, else a line each tenth.
///
/// Threads: one. Lifetime: the bar's line is left when it ends.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `total` may grow; the bar never goes back.
  void Show(std::int64_t done, std::int64_t total);

 private:
  const std::string what_;
  const bool is_on_terminal_;
  int shown_percent_ = -1;
};

}  // namespace keymeter::processor
