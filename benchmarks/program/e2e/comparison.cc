#include "benchmarks/program/e2e/comparison.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "benchmarks/program/e2e/json_file.h"
#include "benchmarks/program/e2e/machine.h"
#include "benchmarks/program/e2e/measured_run.h"
#include "benchmarks/program/e2e/report.h"

namespace keymeter::e2e {

namespace {

constexpr int kKept = 0;
constexpr int kMissed = 1;
constexpr int kFailed = 2;
constexpr int kInterrupted = 130;

volatile std::sig_atomic_t is_interrupted = 0;

/// Ctrl-C goes to the children too, so the run that is under way is lost; the others are shown. A second one
/// ends it.
void CatchInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int /*signal*/) { is_interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

/// All runs of the plan: shows progress, collects results, writes the JSON file after each run. Threads: one.
class Comparison {
 public:
  explicit Comparison(const Options& options)
      : options_(options),
        machine_(DescribeMachine()),
        plan_(MakePlan(options.loads, options.subjects, options.repeats, options.seed)) {
    for (const std::string& load : options.loads) traffic_[load] = TrafficOf(load);
  }

  int RunAll() {
    std::fputs(MachineText(machine_).c_str(), stdout);
    std::fflush(stdout);
    Write();  // where that is not possible, it is known now
    for (std::size_t i = 0; i < plan_.size() && is_interrupted == 0; ++i) {
      ShowProgress(i);
      RunOne(plan_[i], i);
      Write();
    }
    Print();
    if (is_interrupted != 0) return kInterrupted;
    if (results_.HasFailed()) return kFailed;
    return AreKept(Judge(results_, kFlushMs)) ? kKept : kMissed;
  }

 private:
  [[nodiscard]] std::unique_ptr<RelayTraffic> TrafficOf(const std::string& load) const {
    if (load == kTraceLoad) return std::make_unique<TraceTraffic>(options_.copies);
    return std::make_unique<PacedTraffic>(std::stod(load), options_.seconds);
  }

  /// A run that fails costs its own figures only.
  void RunOne(const RunId& id, std::size_t number) {
    const auto begin = std::chrono::steady_clock::now();
    Run run{id, {}, ""};
    try {
      const RunOutcome outcome = MeasureRun(
          {id.subject, *traffic_.at(id.load), options_.other_binary, options_.seed * 1'000'003 + number});
      run.figures = outcome.figures;
      if (!outcome.differences.empty()) fmt::print(stderr, "not exact:\n{}", outcome.differences);
      std::fputs(outcome.complaints.c_str(), stderr);
    } catch (const std::exception& error) {
      run.failure = error.what();
    }
    if (is_interrupted != 0) return;
    if (!run.failure.empty()) fmt::print(stderr, "failed: {}\n", run.failure);
    results_.Add(std::move(run));
    left_.Took(id, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }

  void ShowProgress(std::size_t next) const {
    const RunId& id = plan_[next];
    const double seconds = left_.Seconds(plan_, next);
    const std::string time =
        seconds < 120 ? fmt::format("{:.0f} s", seconds) : fmt::format("{:.0f} min", seconds / 60);
    const std::string left = next == 0 ? "" : fmt::format(", about {} left", time);
    fmt::print(stderr, "{} of {}: repeat {}, load {}, {}{}\n", next + 1, plan_.size(), id.repeat + 1, id.load,
               SubjectName(id.subject), left);
  }

  void Write() const {
    if (options_.json.empty()) return;
    nlohmann::ordered_json json{{"machine", machine_},
                                {"repeats", options_.repeats},
                                {"seconds", options_.seconds},
                                {"copies", options_.copies},
                                {"seed", options_.seed}};
    json.update(ToJson(results_, Judge(results_, kFlushMs)));
    WriteJson(options_.json, json);
  }

  void Print() const {
    for (const std::string& load : results_.Loads()) fmt::print("\n{}", LoadText(results_, load));
    const std::string changes = ChangesText(results_);
    if (!changes.empty()) fmt::print("\n{}", changes);
    fmt::print("\n{}", PromisesText(Judge(results_, kFlushMs)));
    for (const Run& run : results_.runs())
      if (!run.failure.empty())
        fmt::print("failed: repeat {}, load {}, {}: {}\n", run.id.repeat + 1, run.id.load,
                   SubjectName(run.id.subject), run.failure);
  }

  const Options& options_;
  nlohmann::ordered_json machine_;
  std::vector<RunId> plan_;
  std::map<std::string, std::unique_ptr<RelayTraffic>> traffic_;
  Results results_;
  TimeLeft left_;
};

}  // namespace

int Compare(const Options& options) {
  CatchInterrupts();
  return Comparison(options).RunAll();
}

}  // namespace keymeter::e2e
