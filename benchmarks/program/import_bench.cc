// What a first start and a return cost: keymeter beside the floor, a client that lists the same index sets,
// reads the same hashes and drops them, on a private Redis with a relay's hours in it. Prints a table;
// asserts nothing.
//
//   import_bench [--series 2000] [--hours 24] [--active-share 1]

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "schema/civil_time.h"
#include "schema/clock.h"
#include "schema/sqlite.h"
#include "tests/support/process_figures.h"
#include "tests/support/program.h"
#include "tests/support/relay_history.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

constexpr std::size_t kFloorBatch = 500;
constexpr Milliseconds kLongest{3'600'000};

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The number behind "name" in a text of lines, 0 when it is not there.
double NumberBehind(const std::string& text, const std::string& name) {
  const std::size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + name.size(), nullptr);
}

/// What Redis has spent since the last Restart: on commands that read, and of CPU in all.
class RedisCost {
 public:
  explicit RedisCost(RedisClient& client) : client_(client) { Restart(); }
  void Restart() {
    client_.Must({"CONFIG", "RESETSTAT"});
    cpu_before_ = Cpu();
  }
  [[nodiscard]] double CommandSeconds() {
    const std::string stats = client_.Text({"INFO", "commandstats"});
    double usec = 0;
    for (const char* name : {"cmdstat_hmget:", "cmdstat_sscan:", "cmdstat_scan:"}) {
      const std::size_t at = stats.find(name);
      if (at != std::string::npos) usec += NumberBehind(stats.substr(at), "usec=");
    }
    return usec / 1e6;
  }
  [[nodiscard]] double CpuSeconds() { return Cpu() - cpu_before_; }

 private:
  double Cpu() {
    const std::string text = client_.Text({"INFO", "cpu"});
    return NumberBehind(text, "used_cpu_sys:") + NumberBehind(text, "used_cpu_user:");
  }
  RedisClient& client_;
  double cpu_before_ = 0;
};

/// Imports a long history at several shares of Redis, and prints time, commands and the CPU of Redis.
/// Threads: one.
class ImportBench {
 public:
  explicit ImportBench(const RelayHistory& history) : history_(history) {}

  void Run() {
    counters_ = history_.Write(client_);
    std::printf("%d series, %d hours: %lld counters; Redis holds %.0f MB\n", history_.series, history_.hours,
                static_cast<long long>(counters_),
                NumberBehind(client_.Text({"INFO", "memory"}), "used_memory:") / 1e6);
    std::printf("%-26s %8s %10s %10s %8s %9s\n", "", "wall", "commands", "Redis CPU", "share", "peak RSS");
    Floor();
    Start("first start, 100%", "100%");
    Touch();
    PretendToHaveBeenAway();
    Start("return, all changed, 100%", "100%", false);
    for (const char* share : {"25%", "10%", "5%"}) Start(std::string("first start, ") + share, share);
  }

 private:
  void Row(const std::string& what, double wall, double peak_mb) {
    const double commands = cost_.CommandSeconds();
    const double cpu = cost_.CpuSeconds();
    std::printf("%-26s %6.1f s %8.2f s %8.2f s %6.1f %%", what.c_str(), wall, commands, cpu,
                cpu / wall * 100);
    peak_mb > 0 ? std::printf(" %6.0f MB\n", peak_mb) : std::printf("\n");
    std::fflush(stdout);
  }

  /// Lists and reads, and drops it all.
  void Floor() {
    cost_.Restart();
    const double begin = Now();
    std::string commands;
    std::size_t count = 0;
    for (int age = 0; age < history_.hours; ++age) {
      std::string cursor = "0";
      do {
        const RedisValue step = client_.Must({"SSCAN", history_.IndexOf(age), cursor, "COUNT", "1000"});
        cursor = step.elements.at(0).text;
      } while (cursor != "0");
    }
    const auto send = [&] {
      client_.Pipe(commands);
      commands.clear();
      count = 0;
    };
    history_.ForEach([&](int number, int age) {
      AppendResp(commands, {"HMGET", history_.KeyOf(number, age), "requests", "inputTokens", "outputTokens",
                            "cacheCreateTokens", "cacheReadTokens", "ephemeral5mTokens", "ephemeral1hTokens",
                            "realCostMicro", "ratedCostMicro"});
      if (++count == kFloorBatch) send();
    });
    send();
    Row("floor", Now() - begin, 0);
  }

  void Start(const std::string& what, const std::string& share, bool is_first = true) {
    if (is_first) directory_ = std::make_unique<TempDir>();
    cost_.Restart();
    const double begin = Now();
    Program program("process", {"--redis", redis_.url(), "--db", Db(), "--utc-offset", "+00:00",
                                "--import-max-load", share});
    if (!program.process().WaitForLine("msg=\"baseline read\"", kLongest))
      throw std::runtime_error(program.process().StandardError());
    const double wall = Now() - begin;
    const double peak_mb = PeakMebibytes(program.process().pid());
    Row(what, wall, peak_mb);
    program.process().Signal(SIGTERM);
    if (program.process().Wait(kLongest) != 0) throw std::runtime_error(program.process().StandardError());
  }

  /// One request more in every counter.
  void Touch() {
    std::string commands;
    history_.ForEach([&](int number, int age) {
      AppendResp(commands, {"HINCRBY", history_.KeyOf(number, age), "requests", "1"});
      if (commands.size() < (1U << 20U)) return;
      client_.Pipe(commands);
      commands.clear();
    });
    client_.Pipe(commands);
  }

  /// The file says that nothing of these hours is certain: as after an absence of all of them.
  void PretendToHaveBeenAway() {
    auto database = Database::Open(Db(), Database::Mode::kReadWrite);
    if (!database) throw std::runtime_error(database.error().Text());
    const std::int64_t since_ms = (history_.newest_hour - history_.hours * kHourSeconds) * 1000;
    if (auto done =
            database->Execute("UPDATE source_state SET covered_until_ms = " + std::to_string(since_ms));
        !done)
      throw std::runtime_error(done.error().Text());
  }

  [[nodiscard]] std::string Db() const { return directory_->File("keymeter.db"); }

  const RelayHistory history_;
  std::int64_t counters_ = 0;
  std::unique_ptr<TempDir> directory_;
  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
  RedisCost cost_{client_};
};

RelayHistory Parse(int argc, char** argv) {
  RelayHistory history;
  history.newest_hour = BucketOf(Level::kHour, SystemClock().WallMs() / 1000, 0);
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--series") history.series = std::atoi(argv[i + 1]);
    if (flag == "--hours") history.hours = std::atoi(argv[i + 1]);
    if (flag == "--active-share") history.active_share = std::strtod(argv[i + 1], nullptr);
  }
  return history;
}

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) {
  try {
    keymeter::testing::ImportBench(keymeter::testing::Parse(argc, argv)).Run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "import_bench: %s\n", error.what());
    return 2;
  }
}
