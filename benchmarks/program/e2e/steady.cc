#include "benchmarks/program/e2e/steady.h"

#include <cstdio>

#include <fmt/format.h>

#include "benchmarks/program/e2e/json_file.h"
#include "benchmarks/program/e2e/machine.h"
#include "benchmarks/program/e2e/measured_run.h"
#include "benchmarks/program/e2e/promises.h"
#include "benchmarks/program/e2e/report.h"

namespace keymeter::e2e {

namespace {

constexpr double kHeldShare = 0.99;  ///< of the asked rate: with less, it was not held
constexpr double kMostDelayMs = kFlushMs + 250;

double CorePercent(double cpu, const RunOutcome& outcome) {
  return cpu / outcome.seconds * 100;
}

std::vector<Promise> PromisesOf(const RunOutcome& outcome) {
  const Figures& figures = outcome.figures;
  return {
      {.what = "cut off, or subscribed again", .measured = figures.cuts.value_or(0), .digits = 0},
      {.what = "rows in drift", .measured = static_cast<double>(outcome.drift_rows), .digits = 0},
      {.what = "rows in gaps", .measured = static_cast<double>(outcome.gap_rows), .digits = 0},
      {.what = "exact hours, %",
       .measured = figures.exact_percent.value_or(0),
       .bound = 100,
       .is_least = true,
       .digits = 0},
      {.what = "write to row, p99 ms",
       .measured = figures.delay_p99_ms.value_or(0),
       .bound = kMostDelayMs,
       .digits = 0},
  };
}

std::string WhoIsFirst(const RunOutcome& outcome) {
  if (outcome.redis_cpu >= outcome.generator_cpu && outcome.redis_cpu >= outcome.client_cpu) return "Redis";
  return outcome.generator_cpu >= outcome.client_cpu ? "relay_load" : "keymeter";
}

std::string SteadyText(const Options& options, const RunOutcome& outcome) {
  const Figures& figures = outcome.figures;
  const double rate = figures.rate.value_or(0);
  const bool is_held = rate >= kHeldShare * options.steady_rps;
  std::string text = fmt::format(
      "{:.0f} requests/s asked, {:.0f} held for {:.0f} s: {:.0f} events/s, {:.1f} million in all\n",
      options.steady_rps, rate, outcome.seconds, figures.events / outcome.seconds, figures.events / 1e6);
  if (!is_held)
    text +=
        fmt::format("the asked rate was not reached: of the three, {} took most CPU\n", WhoIsFirst(outcome));
  text += fmt::format("CPU of a core: Redis {:.0f} %, relay_load {:.0f} %, keymeter {:.1f} %\n",
                      CorePercent(outcome.redis_cpu, outcome), CorePercent(outcome.generator_cpu, outcome),
                      CorePercent(outcome.client_cpu, outcome));
  text += fmt::format(
      "write to row: p50 {:.0f} ms, p99 {:.0f} ms, max {:.0f} ms; all durable {:.0f} ms after the last "
      "write\n",
      figures.delay_p50_ms.value_or(0), figures.delay_p99_ms.value_or(0), figures.delay_max_ms.value_or(0),
      figures.done_ms.value_or(0));
  text += fmt::format(
      "a million events: {:.3f} s of CPU, {:.0f} commands; {:.2f} % of Redis' command time; RSS {:.1f} MiB, "
      "{:.1f} MiB to disk\n",
      figures.client_cpu.value_or(0), figures.commands.value_or(0), figures.redis_share_percent.value_or(0),
      figures.peak_rss_mib.value_or(0), figures.disk_mib.value_or(0));
  return text;
}

}  // namespace

int RunSteady(const Options& options) {
  const nlohmann::ordered_json machine = DescribeMachine();
  std::fputs(MachineText(machine).c_str(), stdout);
  std::fflush(stdout);
  fmt::print(stderr, "{:.0f} requests/s for {:g} minutes\n", options.steady_rps, options.steady_minutes);

  PacedTraffic traffic(options.steady_rps, options.steady_minutes * 60);
  const RunOutcome outcome = MeasureRun({SubjectKind::kKeymeter, traffic, "", options.seed});
  const std::vector<Promise> promises = PromisesOf(outcome);
  fmt::print("\n{}\n{}{}", SteadyText(options, outcome), PromisesText(promises),
             outcome.differences + outcome.complaints);

  if (!options.json.empty()) {
    Results results;
    results.Add({{0, "steady", SubjectKind::kKeymeter}, outcome.figures, ""});
    nlohmann::ordered_json json{{"machine", machine},
                                {"asked_requests_per_second", options.steady_rps},
                                {"seconds", outcome.seconds},
                                {"redis_cpu_s", outcome.redis_cpu},
                                {"relay_load_cpu_s", outcome.generator_cpu},
                                {"keymeter_cpu_s", outcome.client_cpu}};
    json.update(ToJson(results, promises));
    WriteJson(options.json, json);
  }
  return AreKept(promises) ? 0 : 1;
}

}  // namespace keymeter::e2e
