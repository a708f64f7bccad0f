#include "processor/commands/progress_line.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "processor/runtime/progress_bar.h"

namespace keymeter::processor {

namespace {

bool IsErrorOnTerminal() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

ProgressLine::ProgressLine(std::string what) : what_(std::move(what)), is_on_terminal_(IsErrorOnTerminal()) {}

ProgressLine::~ProgressLine() {
  if (is_on_terminal_ && shown_percent_ >= 0) std::fputs("\n", stderr);
}

void ProgressLine::Show(std::int64_t done, std::int64_t total) {
  constexpr int kStep = 10;
  const int percent =
      total > 0 ? static_cast<int>(std::clamp<std::int64_t>(100 * done / total, 0, 100)) : 100;
  const int shown = is_on_terminal_ ? percent : percent / kStep * kStep;
  if (shown <= shown_percent_) return;
  shown_percent_ = shown;
  const std::string text =
      is_on_terminal_ ? "\r" + BarText(what_, shown) : fmt::format("{} {} %\n", what_, shown);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace keymeter::processor
