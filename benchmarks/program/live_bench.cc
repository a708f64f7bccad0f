// What a user waits for, measured on the whole program against a real Redis: the delay from a write to the
// moment it can be queried (by SQL and by HTTP), and the cost of idling. Prints a table; exits with 1 when a
// promise of the README is not kept. What a busy relay costs: benchmarks/run.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "benchmarks/program/spread.h"
#include "schema/civil_time.h"
#include "schema/clock.h"
#include "tests/support/database_rows.h"
#include "tests/support/http_client.h"
#include "tests/support/process_figures.h"
#include "tests/support/program.h"
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

/// Prints the CPU of an idle `keymeter run`, and the delay from a write to a row and to an answer. Threads:
/// one.
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

  [[nodiscard]] int Requests() const {
    return std::atoi(
        rows_.Value("SELECT coalesce(sum(requests), 0) FROM api_key_usage_hour WHERE api_key = 'probe'")
            .c_str());
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
