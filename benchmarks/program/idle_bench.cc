// What keymeter costs while the relay is silent: CPU, wake-ups of each thread, bytes written, commands to
// Redis. For `process`, `run` and `serve`, each beside a private Redis of which one counter was metered
// before.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "schema/civil_time.h"
#include "schema/clock.h"
#include "tests/support/database_rows.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kOffset = 8 * kHourSeconds;
constexpr double kMostPercent = 0.5;  ///< of a core
constexpr int kSettleSeconds = 5;     ///< between the start and the measurement
constexpr double kNanoseconds = 1e9;

std::string FirstWord(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

/// The number behind "name:" in a file of such lines.
std::int64_t NumberOf(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return std::atoll(line.c_str() + name.size() + 1);
  return 0;
}

/// What a process has used since it began.
struct Usage {
  std::int64_t cpu_ns = 0;
  std::int64_t written_bytes = 0;
  std::map<std::string, std::int64_t> wake_ups;  ///< by thread's name: voluntary context switches
};

Usage UsageOf(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  Usage usage;
  usage.written_bytes = NumberOf(process + "/io", "wchar");
  for (const auto& task : std::filesystem::directory_iterator(process + "/task")) {
    const std::string path = task.path().string();
    usage.cpu_ns += std::atoll(FirstWord(path + "/schedstat").c_str());
    usage.wake_ups[FirstWord(path + "/comm")] += NumberOf(path + "/status", "voluntary_ctxt_switches");
  }
  return usage;
}

/// Calls of each command since CONFIG RESETSTAT.
std::int64_t CommandsOf(RedisClient& client) {
  std::istringstream lines(client.Text({"INFO", "commandstats"}));
  std::int64_t all = 0;
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t calls = line.find("calls=");
        line.starts_with("cmdstat_") && calls != std::string::npos)
      if (!line.starts_with("cmdstat_config")) all += std::atoll(line.c_str() + calls + 6);
  return all;
}

/// Starts each command on an idle relay, and prints its CPU, wake-ups, disk writes and commands to Redis.
/// Threads: one.
class IdleBench {
 public:
  explicit IdleBench(int seconds) : seconds_(seconds) {}

  int Run() {
    for (const char* command : {"process", "run", "serve"}) Measure(command);
    return is_kept_ ? 0 : 1;
  }

 private:
  /// One counter that was metered: an idle relay is not an empty one.
  static void MeterOne(const std::string& db, RedisClient& client) {
    const std::int64_t now = SystemClock().WallMs() / 1000;
    client.Must({"HINCRBY",
                 "usage:probe:model:hourly:m:" + FormatDate(now, kOffset) + ":" + FormatHour(now, kOffset),
                 "requests", "1"});
    if (!WaitFor([&] { return DatabaseRows(db).Value("SELECT count(*) FROM usage_minute") == "1"; }))
      throw std::runtime_error("was not metered");
  }

  void Measure(const std::string& command) {
    const TempDir directory;
    const std::string db = directory.File("keymeter.db");
    const RedisServer redis;
    RedisClient client = redis.Connect();
    const std::vector<std::string> metering = {"--redis", redis.url(), "--db", db, "--utc-offset", "+08:00"};
    {
      Program process("process", metering);
      process.AwaitLine("msg=\"baseline read\"");
      MeterOne(db, client);
    }
    Program program(command, command == "serve" ? std::vector<std::string>{"--db", db} : metering);
    program.AwaitLine(command == "serve" ? "msg=\"listening\"" : "msg=\"baseline read\"");
    std::this_thread::sleep_for(std::chrono::seconds(kSettleSeconds));
    client.Must({"CONFIG", "RESETSTAT"});
    const Usage before = UsageOf(program.process().pid());
    const auto begin = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(std::chrono::seconds(seconds_));
    const Usage after = UsageOf(program.process().pid());
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    Print(command, before, after, elapsed, CommandsOf(client));
  }

  void Print(const std::string& command, const Usage& before, const Usage& after, double elapsed,
             std::int64_t commands) {
    const double percent = static_cast<double>(after.cpu_ns - before.cpu_ns) / kNanoseconds / elapsed * 100;
    std::printf(
        "%-8s %.2f %% of a core (promised: under %.1f), %.0f MB written an hour, %.0f commands a minute\n",
        command.c_str(), percent, kMostPercent,
        static_cast<double>(after.written_bytes - before.written_bytes) / elapsed * 3600 / 1e6,
        static_cast<double>(commands) / elapsed * 60);
    double all = 0;
    for (const auto& [thread, count] : after.wake_ups) {
      const auto found = before.wake_ups.find(thread);
      const std::int64_t earlier = found == before.wake_ups.end() ? 0 : found->second;
      if (count == earlier) continue;
      all += static_cast<double>(count - earlier);
      std::printf("         %-16s %5.2f wake-ups a second\n", thread.c_str(),
                  static_cast<double>(count - earlier) / elapsed);
    }
    std::printf("         %-16s %5.2f\n", "all", all / elapsed);
    std::fflush(stdout);
    is_kept_ &= percent < kMostPercent;
  }

  const int seconds_;
  bool is_kept_ = true;
};

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) {
  try {
    return keymeter::testing::IdleBench(argc > 1 ? std::atoi(argv[1]) : 60).Run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "idle_bench: %s\n", error.what());
    return 2;
  }
}
