#include "benchmarks/program/e2e/promises.h"

#include <algorithm>

#include <fmt/format.h>

namespace keymeter::e2e {

namespace {

constexpr double kMostOfFloor = 1;
constexpr double kLeastOfNaive = 50;
constexpr double kMostOfRedisPercent = 3;
constexpr double kMostCommands = 25'000;
constexpr double kMostBesideFlushMs = 250;
constexpr const char* kLoadOfRedisShare = "500";

std::string Title(const std::string& load) {
  return load == "trace" ? "the trace" : load + " requests/s";
}

/// Compares the results with what the README promises. Threads: one. Lifetime: borrows the results.
class Judgement {
 public:
  Judgement(const Results& results, double flush_ms) : results_(results), flush_ms_(flush_ms) {}

  std::vector<Promise> Take() {
    for (const std::string& load : results_.Loads()) {
      OfCpu(load);
      if (load == kLoadOfRedisShare) OfRedis(load);
      for (const SubjectKind subject : {SubjectKind::kKeymeter, SubjectKind::kServe}) OfRows(load, subject);
    }
    return std::move(promises_);
  }

 private:
  void Add(const std::string& load, const std::string& what, const Summary& summary, Promise promise) {
    if (summary.count == 0) return;
    promise.what = fmt::format("{}: {}", Title(load), what);
    promise.over = summary;
    promises_.push_back(std::move(promise));
  }

  void OfCpu(const std::string& load) {
    const Summary floor =
        results_.Ratio(load, SubjectKind::kKeymeter, SubjectKind::kFloor, &Figures::client_cpu);
    Add(load, "CPU, keymeter / floor", floor, {.measured = floor.median, .bound = kMostOfFloor});
    const Summary naive =
        results_.Ratio(load, SubjectKind::kNaive, SubjectKind::kKeymeter, &Figures::client_cpu);
    Add(load, "CPU, naive / keymeter", naive,
        {.measured = naive.median, .bound = kLeastOfNaive, .is_least = true, .digits = 1});
  }

  void OfRedis(const std::string& load) {
    const Summary share = results_.Of(load, SubjectKind::kKeymeter, &Figures::redis_share_percent);
    Add(load, "our share of Redis' command time, %", share,
        {.measured = share.median, .bound = kMostOfRedisPercent});
    const Summary commands = results_.Of(load, SubjectKind::kKeymeter, &Figures::commands);
    Add(load, "our commands for a million events", commands,
        {.measured = commands.median, .bound = kMostCommands, .digits = 0});
  }

  void OfRows(const std::string& load, SubjectKind subject) {
    const std::string name(SubjectName(subject));
    const double most_ms = flush_ms_ + kMostBesideFlushMs;
    const Summary delay = results_.Of(load, subject, &Figures::delay_p99_ms);
    Add(load, name + ", write to row, p99 ms", delay,
        {.measured = delay.median, .bound = most_ms, .digits = 0});
    const Summary http = results_.Of(load, subject, &Figures::http_p99_ms);
    Add(load, name + ", write to answer, p99 ms", http,
        {.measured = http.median, .bound = most_ms, .digits = 0});
    const Summary exact = results_.Of(load, subject, &Figures::exact_percent);
    Add(load, name + ", exact hours, %", exact,
        {.measured = exact.low, .bound = 100, .is_least = true, .digits = 0});
  }

  const Results& results_;
  const double flush_ms_;
  std::vector<Promise> promises_;
};

}  // namespace

std::vector<Promise> Judge(const Results& results, double flush_ms) {
  return Judgement(results, flush_ms).Take();
}

bool AreKept(const std::vector<Promise>& promises) {
  return std::ranges::all_of(promises, &Promise::IsKept);
}

}  // namespace keymeter::e2e
