#include "benchmarks/program/e2e/options.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace keymeter::e2e {

namespace {

constexpr int kWrongUse = 2;

constexpr const char* kDescription =
    "What keymeter costs a relay, side by side with the floor (a client that subscribes with hiredis and "
    "counts), the usual\n"
    "first version (ioredis, a HGETALL for each event) and nothing: CPU, Redis' own books of commands, "
    "memory, disk, and\n"
    "the delay from a write to a row. Every run has a Redis of its own; runs are repeated and interleaved.";

constexpr const char* kExamples =
    R"(Subjects: off (nothing attached, notifications off), on (nothing attached, on), floor, keymeter (process),
keymeter+serve (run, asked ten times a second), naive, and before (see --before).

Examples:
  benchmarks/run --quick
      every subject and load once, in about two minutes: does it work here?
  benchmarks/run --json figures.json
      all of it, nine times, in about an hour; the file is complete after each run
  benchmarks/run --loads 500,trace --subjects floor,keymeter --repeats 5
      some of it
  benchmarks/run --subjects floor,keymeter --before /tmp/old/keymeter
      a change beside what was there before it
  benchmarks/run steady --rps 2000 --minutes 5
      keymeter alone under a steady load: cut off, adrift, late?

Exit codes: 0 all promises kept, 1 one missed, 2 wrong use, or a run failed, 130 interrupted by Ctrl-C (what was
measured is shown).)";

struct RawOptions {
  std::vector<std::string> subjects;
  bool is_quick = false;
};

bool IsLoad(const std::string& text) {
  if (text == kTraceLoad) return true;
  int rps = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rps);
  return error == std::errc() && end == text.data() + text.size() && rps > 0;
}

void AddComparison(CLI::App& app, Options& options, RawOptions& raw) {
  const CLI::Validator is_load(
      [](const std::string& text) {
        return IsLoad(text) ? "" : text + " is neither a number of requests a second nor " + kTraceLoad;
      },
      "LOAD");
  const CLI::Validator is_subject(
      [](const std::string& text) { return ParseSubject(text) ? "" : "there is no subject " + text; },
      "SUBJECT");
  app.add_option("--loads", options.loads, "Requests a second, and trace: the recorded one at full speed")
      ->delimiter(',')
      ->check(is_load)
      ->capture_default_str();
  app.add_option("--subjects", raw.subjects, "Of those below [all but before]")
      ->delimiter(',')
      ->check(is_subject);
  app.add_option("--repeats", options.repeats, "Of each")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--seconds", options.seconds, "Of a paced load")
      ->check(CLI::Range(0.5, 86400.0))
      ->capture_default_str();
  app.add_option("--copies", options.copies, "Of the trace, under other ids")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Of the order of the runs")->capture_default_str();
  app.add_option("--before", options.other_binary, "Another keymeter, as the subject before")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  app.add_flag("--quick", raw.is_quick, "One repeat, two seconds, one copy");
  app.add_option("--json", options.json, "Write all figures to FILE")->type_name("FILE");
}

void AddSteady(CLI::App& app, Options& options) {
  CLI::App* steady = app.add_subcommand("steady", "keymeter process alone, for minutes");
  steady->add_option("--rps", options.steady_rps, "Requests a second")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  steady->add_option("--minutes", options.steady_minutes, "For so long")
      ->check(CLI::Range(0.01, 1440.0))
      ->capture_default_str();
  steady->add_option("--json", options.json, "Write all figures to FILE")->type_name("FILE");
  steady->callback([&options] { options.is_steady = true; });
}

void Finish(const RawOptions& raw, Options& options) {
  if (!raw.subjects.empty()) {
    options.subjects.clear();
    for (const SubjectKind kind : kAllSubjects)
      if (std::ranges::find(raw.subjects, SubjectName(kind)) != raw.subjects.end())
        options.subjects.push_back(kind);
  }
  const bool has_before = std::ranges::find(options.subjects, SubjectKind::kBefore) != options.subjects.end();
  if (!options.other_binary.empty() && !has_before) options.subjects.push_back(SubjectKind::kBefore);
  if (options.other_binary.empty() && has_before)
    throw CLI::ValidationError("--subjects", "before: say which keymeter with --before FILE");
  if (!raw.is_quick) return;
  options.repeats = 1;
  options.seconds = 2;
  options.copies = 1;
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  RawOptions raw;
  CLI::App app(kDescription, "benchmarks/run");
  app.footer(kExamples);
  app.get_formatter()->column_width(34);
  AddComparison(app, line.options, raw);
  AddSteady(app, line.options);
  try {
    app.parse(argc, argv);
    Finish(raw, line.options);
  } catch (const CLI::Success& help) {
    line.exit_code = app.exit(help);
  } catch (const CLI::ParseError& wrong) {
    fmt::print(stderr, "benchmarks/run: {}\nTry benchmarks/run --help.\n", wrong.what());
    line.exit_code = kWrongUse;
  }
  return line;
}

}  // namespace keymeter::e2e
