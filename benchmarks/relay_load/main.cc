#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "benchmarks/relay_load/load_run.h"
#include "benchmarks/relay_load/options.h"
#include "benchmarks/relay_load/population.h"
#include "benchmarks/relay_load/redis_pipe.h"

namespace {

using namespace keymeter::relay_load;

volatile std::sig_atomic_t stop_requested = 0;

void OnStopSignal(int /*signal*/) {
  stop_requested = 1;
}

/// The first signal asks for a clean end; a second one of its kind ends the process at once.
void InstallStopSignals() {
  struct sigaction action = {};
  action.sa_handler = OnStopSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

std::int64_t NowMs() {
  return static_cast<std::int64_t>(std::time(nullptr)) * 1000;
}

Population PopulationOf(const Options& options) {
  constexpr std::int64_t kHourMs = 3'600'000;
  PopulationOptions wanted;
  wanted.keys = options.keys;
  wanted.accounts = options.accounts;
  wanted.models = options.models;
  wanted.groups = options.groups;
  wanted.seed = options.seed;
  // Made an hour before the first request that they could have had.
  wanted.created_at_ms = options.at_ms.value_or(NowMs()) - (options.history_hours + 1) * kHourMs;
  wanted.secret_mark = options.secret_mark;
  return MakePopulation(wanted);
}

keymeter::Status WriteReport(const std::string& path, const nlohmann::ordered_json& report) {
  if (path.empty()) return {};
  const std::string text = report.dump() + "\n";
  if (path == "-") {
    std::cout << text << std::flush;
    if (std::cout.good()) return {};
    return keymeter::Fail(keymeter::ErrorCode::kUnavailable, "cannot write the report to stdout");
  }
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (file.good()) return {};
  return keymeter::Fail(keymeter::ErrorCode::kUnavailable,
                        "cannot write the report to {}: is its directory there and writable?", path);
}

keymeter::Status Run(const Options& options) {
  ASSIGN_OR_RETURN(auto pipe, RedisPipe::Open(options.redis));
  keymeter::Status claimed = pipe.Claim(options.force);
  if (!claimed) return claimed;
  const Population population = PopulationOf(options);
  LoadRun run(options, population, pipe, stop_requested);
  keymeter::Status done = run.Run();
  if (!done) return done;
  return WriteReport(options.report, run.Report());
}

}  // namespace

int main(int argc, char** argv) {
  const CommandLine line = ParseCommandLine(argc, argv);
  if (line.exit_code) return *line.exit_code;
  InstallStopSignals();
  keymeter::Status done = Run(line.options);
  if (done) return 0;
  fmt::print(stderr, "relay_load: {}\n", done.error().Text());
  return 1;
}
