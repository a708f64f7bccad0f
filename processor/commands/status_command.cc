#include "processor/commands/status_command.h"

#include <csignal>
#include <cstdio>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "processor/commands/status_report.h"
#include "processor/commands/status_text.h"
#include "processor/commands/terminal_screen.h"
#include "schema/event_loop.h"

namespace keymeter::processor {

namespace {

struct Shown {
  std::string text;
  int exit_code = 1;
  bool is_error = false;  ///< the text belongs on stderr
};

Shown Unreadable(const Error& why, bool is_json) {
  if (is_json) return {.text = nlohmann::json{{"ok", false}, {"problems", {why.Text()}}}.dump() + "\n"};
  const bool cannot_open = why.reason == ErrorReason::kCannotOpen;
  return {.text = fmt::format("keymeter: {}{}\n", why.Text(), cannot_open ? "; is --db right?" : ""),
          .is_error = true};
}

Shown Look(const StatusOptions& options, const Clock& clock, bool with_colours) {
  const auto report = ReadStatus(options.db_path, clock.WallMs());
  if (!report) return Unreadable(report.error(), options.json);
  return {.text = options.json ? StatusJson(*report, options.watch_ms.has_value())
                               : StatusText(*report, with_colours),
          .exit_code = report->problems.empty() ? 0 : 1};
}

/// Repeats the status until a signal comes or standard output is closed.
class Watch {
 public:
  Watch(const StatusOptions& options, const Clock& clock)
      : options_(options),
        clock_(clock),
        timer_(loop_, [this] { Tick(); }),
        interrupt_(loop_, SIGINT, [this] { loop_.Stop(); }),
        terminate_(loop_, SIGTERM, [this] { loop_.Stop(); }),
        hangup_(loop_, SIGHUP, [this] { loop_.Stop(); }),
        resize_(loop_, SIGWINCH, [this] {
          if (screen_) Draw();
        }) {
    if (IsOnTerminal() && !options.json) screen_.emplace();
  }

  int Run() {
    Tick();
    loop_.Run();
    return shown_.exit_code;
  }

 private:
  void Tick() {
    shown_ = Look(options_, clock_, WantsColours());
    timer_.StartIn(*options_.watch_ms);
    Draw();
  }

  void Draw() {
    const bool is_read = screen_ ? screen_->Show(shown_.text)
                                 : std::fputs(shown_.text.c_str(), stdout) >= 0 &&
                                       (options_.json || std::fputs("\n", stdout) >= 0) &&
                                       std::fflush(stdout) == 0;
    if (!is_read) loop_.Stop();
  }

  const StatusOptions& options_;
  const Clock& clock_;
  EventLoop loop_;
  Timer timer_;
  SignalWatch interrupt_;
  SignalWatch terminate_;
  SignalWatch hangup_;
  SignalWatch resize_;
  std::optional<TerminalScreen> screen_;
  Shown shown_;
};

}  // namespace

int ShowStatus(const StatusOptions& options, const Clock& clock) {
  if (options.watch_ms) return Watch(options, clock).Run();
  const Shown shown = Look(options, clock, WantsColours());
  std::fputs(shown.text.c_str(), shown.is_error ? stderr : stdout);
  return shown.exit_code;
}

}  // namespace keymeter::processor
