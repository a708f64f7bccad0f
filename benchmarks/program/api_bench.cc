// What a dashboard waits for: each of its questions asked of the whole program over HTTP, while a relay's 500
// requests a second are metered into the same file, beside civetweb alone with an answer of the same size.
// Prints a table; exits with 1 when an aim is missed.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "benchmarks/program/api_bench/comparison.h"
#include "benchmarks/program/api_bench/constant_server.h"
#include "benchmarks/program/api_bench/load.h"
#include "benchmarks/usage_file/history.h"
#include "schema/civil_time.h"
#include "schema/clock.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

constexpr double kUncachedMs = 50;
constexpr double kCachedMs = 5;
constexpr double kExportSeconds = 5;
constexpr double kExportMib = 64;
constexpr int kServerThreads = 8;

struct Question {
  std::string name;
  std::vector<std::string> paths;  ///< variants of it: none asked twice in a row
};

struct Options {
  std::string file;  ///< of an earlier run; empty: made anew
  usage_file::HistoryOptions history;
  std::string before;  ///< an older binary, for comparison; empty: none
  double rps = 500;
  int seconds = 6;
};

/// VmHWM of /proc/PID/status, in MiB; the mark is set back to what it holds now first.
class PeakMemory {
 public:
  explicit PeakMemory(pid_t pid) : directory_(fmt::format("/proc/{}/", pid)) {
    std::ofstream(directory_ + "clear_refs") << "5";
    before_ = Read();
  }
  [[nodiscard]] double GrownMib() const { return Read() - before_; }

 private:
  [[nodiscard]] double Read() const {
    std::ifstream status(directory_ + "status");
    for (std::string word; status >> word;) {
      double kib = 0;
      if (word == "VmHWM:" && status >> kib) return kib / 1024;
    }
    return 0;
  }

  std::string directory_;
  double before_ = 0;
};

/// Asks `keymeter run` over a large file while it meters traffic, and prints the time of each answer beside
/// that of civetweb alone. Threads: one.
class ApiBench {
 public:
  explicit ApiBench(Options options) : options_(std::move(options)) {}

  int Run() {
    const std::int64_t now_ms = SystemClock().WallMs();
    ChildProcess load({RELAY_LOAD_BINARY, "--redis", redis_.url(), "--rps", fmt::format("{}", options_.rps),
                       "--keys", fmt::format("{}", options_.history.keys), "--accounts",
                       fmt::format("{}", options_.history.accounts), "--models",
                       fmt::format("{}", options_.history.models), "--groups",
                       fmt::format("{}", options_.history.groups), "--report", directory_.File("report")});
    program_.AwaitLine("msg=\"baseline read\"");
    std::printf("%-28s %28s %28s %20s\n", "", "uncached, one client", "cached, one client", "civetweb alone");
    std::printf("%-28s %8s %9s %9s %8s %9s %9s %9s %10s\n", "", "p50 ms", "p99 ms", "first ms", "p50 ms",
                "p99 ms", "1/s by 8", "p99 ms", "bytes");
    for (const Question& question : Questions(now_ms)) Measure(question);
    Export(now_ms, "csv");
    Export(now_ms, "json");
    load.Signal(SIGTERM);
    if (load.Wait() != 0) throw std::runtime_error("relay_load:\n" + load.StandardError());
    std::printf("metered meanwhile: %s requests\n",
                HttpGet(program_.Probe("/metrics")).status == 200 ? Metered().c_str() : "?");
    return is_kept_ ? 0 : 1;
  }

 private:
  std::vector<Question> Questions(std::int64_t now_ms) {
    std::vector<Question> questions = {{"list, limit 50", {}},
                                       {"list by cost, limit 50", {}},
                                       {"one key", {}},
                                       {"series, 24 h at 5 min", {}},
                                       {"top 20, 30 days", {}},
                                       {"heatmap, 30 days", {}},
                                       {"system-metrics", {"/api/realtime/system-metrics"}}};
    const auto keys = HttpGet(program_.Api("/api/apikeys?limit=1000")).Json();
    std::int64_t i = 0;
    for (const auto& key : keys) {
      const std::string id = key.at("keyId");
      questions[0].paths.push_back("/api/apikeys?limit=50&createdAfter=2020-01-01T00:00:" +
                                   fmt::format("00.{:03}Z", i));
      questions[1].paths.push_back(
          fmt::format("/api/apikeys?limit=50&sort=totalCost&order=desc&maxCost={}", 1'000'000 + i));
      questions[2].paths.push_back("/api/apikeys/" + id);
      const std::int64_t shift_ms = i * 60'000;
      questions[3].paths.push_back(fmt::format("/api/stats/series?start_ms={}&end_ms={}&slot_sec=300",
                                               now_ms - kDaySeconds * 1000 - shift_ms, now_ms - shift_ms));
      for (auto [place, path] : {std::pair{4, "/api/stats/top?by=apikey&limit=20&metric=cost&"},
                                 std::pair{5, "/api/stats/heatmap?metric=tokens&"}})
        questions[static_cast<std::size_t>(place)].paths.push_back(fmt::format(
            "{}start_ms={}&end_ms={}", path, now_ms - 30 * kDaySeconds * 1000 - shift_ms, now_ms - shift_ms));
      ++i;
    }
    return questions;
  }

  void Measure(const Question& question) {
    const double begin = Now();
    const HttpResponse first = HttpGet(uncached_.Api(question.paths.front()));
    const double first_ms = (Now() - begin) * 1000;
    if (first.status != 200) throw std::runtime_error(question.paths.front() + ": " + first.body);
    const LoadResult uncached = Ask(uncached_.Api(""), question.paths, 1, options_.seconds);
    const std::vector<std::string> one = {question.paths.front()};
    (void)HttpGet(program_.Api(one.front()));  // a first answer after a start is "first ms", not a kept one
    const LoadResult cached = Ask(program_.Api(""), one, 1, options_.seconds);
    const LoadResult many = Ask(program_.Api(""), one, 8, options_.seconds);
    const LoadResult floor = Ask(floor_.base(), {fmt::format("/{}", first.body.size())}, 1, options_.seconds);
    std::printf("%-28s %8.2f %9.2f %9.1f %8.2f %9.2f %9.0f %9.2f %10zu\n", question.name.c_str(),
                uncached.p50_ms, uncached.p99_ms, first_ms, cached.p50_ms, cached.p99_ms, many.rate,
                floor.p99_ms, first.body.size());
    std::fflush(stdout);
    if (comparison_) comparison_->Measure(question.paths, options_.seconds);
    if (uncached.failed + cached.failed + many.failed > 0)
      throw std::runtime_error(fmt::format("{}: {} answers were no 200", question.name,
                                           uncached.failed + cached.failed + many.failed));
    is_kept_ &= uncached.p99_ms < kUncachedMs && cached.p99_ms < kCachedMs;
  }

  /// About a million rows: as many of the newest days as have them.
  void Export(std::int64_t now_ms, const std::string& format) {
    const std::string from = FormatDate(now_ms / 1000 - 99 * kDaySeconds, options_.history.utc_offset_s);
    const std::string url =
        uncached_.Api("/api/export/report?type=usage&format=" + format + "&startDate=" + from);
    const PeakMemory memory(uncached_.process().pid());
    ChildProcess curl({"curl", "--silent", "--fail", "--output", directory_.File("export"), "--write-out",
                       "%{time_starttransfer} %{time_total} %{size_download}\n", url});
    if (curl.Wait(Milliseconds(120'000)) != 0) throw std::runtime_error("export failed: " + url);
    double first_s = 0;
    double seconds = 0;
    double bytes = 0;
    std::sscanf(curl.StandardOutput().c_str(), "%lf %lf %lf", &first_s, &seconds, &bytes);
    const std::string text = ReadFile(directory_.File("export"));
    const auto rows = std::count(text.begin(), text.end(), '\n');
    std::printf("export %-4s %8ld rows, %.0f MB: first byte %.2f s, all %.2f s, %.0f MiB more at the peak\n",
                format.c_str(), static_cast<long>(rows), bytes / 1e6, first_s, seconds, memory.GrownMib());
    is_kept_ &= seconds < kExportSeconds && memory.GrownMib() < kExportMib;
  }

  std::string Metered() {
    const auto report = nlohmann::json::parse(ReadFile(directory_.File("report")));
    return fmt::format("{}", report.value("requests", 0));
  }

  static double Now() { return static_cast<double>(SystemClock().MonotonicMs()) / 1000; }

  std::string File() {
    if (!options_.file.empty()) return options_.file;
    options_.history.path = directory_.File("keymeter.db");
    const auto counts = usage_file::WriteHistory(options_.history);
    if (!counts) throw std::runtime_error(counts.error().Text());
    std::printf("%zu keys, %zu accounts, %zu models; rows: %ld minutes, %ld hours, %ld days\n",
                options_.history.keys, options_.history.accounts, options_.history.models,
                static_cast<long>(counts->minutes), static_cast<long>(counts->hours),
                static_cast<long>(counts->days));
    return options_.history.path;
  }

  Options options_;
  TempDir directory_;
  const std::string file_ = File();
  RedisServer redis_;
  Program program_{"run",
                   {"--redis", redis_.url(), "--db", file_, "--utc-offset", "+08:00", "--rate-limit", "off"}};
  Program uncached_{"serve", {"--db", file_, "--answer-cache", "off", "--rate-limit", "off"}};
  ConstantServer floor_{kServerThreads};
  const std::unique_ptr<Comparison> comparison_ =
      options_.before.empty() ? nullptr : std::make_unique<Comparison>(file_, options_.before);
  bool is_kept_ = true;
};

int Main(int argc, char** argv) {
  keymeter::testing::Options options;
  CLI::App app("What each question of a dashboard takes, on a file of a large relay that is being written.");
  app.add_option("--db", options.file,
                 "A file that usage_file made just now; it is written to. Else one is made");
  app.add_option("--before", options.before, "An older keymeter, measured beside ours");
  app.add_option("--rps", options.rps, "Relayed requests a second, metered meanwhile")->capture_default_str();
  app.add_option("--seconds", options.seconds, "For each measurement")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  app.add_option("--keys", options.history.keys, "API keys")
      ->check(CLI::Range(1000, 1'000'000))
      ->capture_default_str();
  app.add_option("--minute-rows", options.history.minute_rows, "Rows by the minute")->capture_default_str();
  app.add_option("--days", options.history.days, "Days of hours and days")
      ->check(CLI::Range(31, 4'000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.history.end = BucketOf(Level::kMinute, std::time(nullptr), 0);
  return ApiBench(options).Run();
}

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) {
  try {
    return keymeter::testing::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "api_bench: %s\n", error.what());
    return 2;
  }
}
