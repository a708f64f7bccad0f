// What a user waits for, measured on the whole program against a real Redis: the delay from a write to the
// moment it can be queried (by SQL and by HTTP), the cost of idling, and the cost of a busy relay. Prints a
// table; exits with 1 when a promise of the README is not kept.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <unistd.h>

#include "benchmarks/spread.h"
#include "schema/civil_time.h"
#include "schema/clock.h"
#include "tests/integration/program.h"
#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

constexpr std::int64_t kOffset = 8 * kHourSeconds;
constexpr std::int64_t kFlushMs = 1000;
constexpr std::int64_t kBoundMs = kFlushMs + 250;
constexpr double kIdlePercent = 0.5;
constexpr int kWrites = 60;
constexpr int kIdleSeconds = 30;

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds of CPU that a process has used: /proc/PID/stat, fields 14 and 15 (user and system, in ticks).
double CpuSeconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::stringstream text;
  text << file.rdbuf();
  std::istringstream rest(text.str().substr(text.str().rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class LiveBench {
 public:
  int Run() {
    program_.AwaitLine("msg=\"baseline read\"");
    Idle();
    Delay("SQL", [this](int count) { return Requests() >= count; });
    Delay("HTTP", [this](int count) {
      const HttpResponse answer = HttpGet(program_.Api("/api/apikeys/probe"));
      return answer.status == 200 && answer.Json().at("usage").at("today").at("requests") >= count;
    });
    Load();
    return is_kept_ ? 0 : 1;
  }

 private:
  void Idle() {
    const double before = CpuSeconds(program_.process().pid());
    std::this_thread::sleep_for(std::chrono::seconds(kIdleSeconds));
    const double percent = (CpuSeconds(program_.process().pid()) - before) / kIdleSeconds * 100;
    std::printf(
        "idle               %8.2f %% of a core over %d s                     (promised: under %.1f %%)\n",
        percent, kIdleSeconds, kIdlePercent);
    is_kept_ &= percent < kIdlePercent;
  }

  template <typename IsThere>
  void Delay(const char* by, IsThere is_there) {
    std::vector<double> delays_ms;
    for (int i = 0; i < kWrites; ++i) {
      const std::int64_t now = SystemClock().WallMs() / 1000;
      const double begin = Now();
      client_.Must({"HINCRBY",
                    "usage:probe:model:hourly:m:" + FormatDate(now, kOffset) + ":" + FormatHour(now, kOffset),
                    "requests", "1"});
      ++written_;
      if (!WaitFor([&] { return is_there(written_); })) throw std::runtime_error("never became queryable");
      delays_ms.push_back((Now() - begin) * 1000);
      // Not in step with the flushes.
      std::this_thread::sleep_for(std::chrono::milliseconds(37 * (i % 11)));
    }
    const Spread spread = SpreadOf(delays_ms);
    std::printf("write → %-4s        p50 %6.0f ms   p99 %6.0f ms   max %6.0f ms   (promised: max %lld ms)\n",
                by, spread.p50, spread.p99, spread.max, static_cast<long long>(kBoundMs));
    is_kept_ &= spread.max <= static_cast<double>(kBoundMs);
  }

  void Load() {
    client_.Must({"CONFIG", "RESETSTAT"});
    const double before = CpuSeconds(program_.process().pid());
    const std::int64_t events_before = Events();
    const auto report = RunRelayLoad(redis_, {"--rps", "500", "--seconds", "20", "--force"});
    const UsageSums written = ReportedSums(report);
    const bool is_exact = WaitFor([&] {
      UsageSums rows = rows_.SumLevel(Level::kHour);
      std::erase_if(rows, [](const auto& row) { return row.first.entity == "probe"; });
      return Differences(written, rows).empty();
    });
    const double cpu = CpuSeconds(program_.process().pid()) - before;
    const auto events = static_cast<double>(Events() - events_before);
    std::printf("500 requests/s     %8.2f s of CPU for %.2f million events (%.2f s a million), hours %s\n",
                cpu, events / 1e6, cpu / events * 1e6, is_exact ? "exact" : "OFF");
    std::printf("                   %8.2f %% of Redis' command time was ours\n", OurShareOfRedis() * 100);
    is_kept_ &= is_exact;
  }

  [[nodiscard]] int Requests() const {
    return std::atoi(
        rows_.Value("SELECT coalesce(sum(requests), 0) FROM api_key_usage_hour WHERE api_key = 'probe'")
            .c_str());
  }

  [[nodiscard]] std::int64_t Events() const {
    const std::string text = HttpGet(program_.Probe("/metrics")).body;
    const std::string name = "\nkeymeter_events_total ";
    const std::size_t at = text.find(name);
    return at == std::string::npos
               ? 0
               : static_cast<std::int64_t>(std::strtod(text.c_str() + at + name.size(), nullptr));
  }

  /// Of INFO commandstats: microseconds of the commands that only keymeter sends here, over all.
  double OurShareOfRedis() {
    std::istringstream lines(client_.Text({"INFO", "commandstats"}));
    double ours = 0;
    double all = 0;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t usec = line.find("usec=");
      if (!line.starts_with("cmdstat_") || usec == std::string::npos) continue;
      const double spent = std::strtod(line.c_str() + usec + 5, nullptr);
      all += spent;
      for (const char* command : {"cmdstat_hmget:", "cmdstat_ping:", "cmdstat_sscan:", "cmdstat_scan:"})
        if (line.starts_with(command)) ours += spent;
    }
    return all > 0 ? ours / all : 0;
  }

  TempDir directory_;
  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
  Program program_{
      "run", {"--redis", redis_.url(), "--db", directory_.File("keymeter.db"), "--utc-offset", "+08:00"}};
  DatabaseRows rows_ = OpenWhenThere();
  int written_ = 0;
  bool is_kept_ = true;

  DatabaseRows OpenWhenThere() {
    program_.AwaitLine("msg=\"listening\"");
    return DatabaseRows(directory_.File("keymeter.db"));
  }
};

}  // namespace
}  // namespace keymeter::testing

int main() {
  try {
    return keymeter::testing::LiveBench().Run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "live_bench: %s\n", error.what());
    return 2;
  }
}
