// How everything grows with the number of series: the whole program on a private Redis, first with none, then
// with 10², 10³ … counters of the open hour. Prints a table, writes JSON when asked; asserts nothing.
//
//   scale_bench [--most 100000] [--least 100] [--speed 10] [--json FILE] [--binary keymeter_with_hooks]
//   scale_bench --history 24 [--most 100000]    what counters of closed hours cost: so many hours are
//   imported
//
// The program's clock runs --speed times as fast as ours, so that a minute's end does not have to be waited
// for; durations are real ones.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "schema/civil_time.h"
#include "tests/support/database_rows.h"
#include "tests/support/fast_clock.h"
#include "tests/support/http_client.h"
#include "tests/support/program.h"
#include "tests/support/relay_history.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_hooks.h"

namespace keymeter::testing {
namespace {

constexpr double kLongestPhaseS = 1800;
constexpr Milliseconds kLook{50};
constexpr std::int64_t kStartMs = 1'795'176'000'000 + 300'000;  ///< five minutes into an hour
constexpr double kMinuteS = 60;
constexpr int kKeysAnAccount = 100;

struct Settings {
  int least = 100;
  int most = 100'000;
  int history_hours = 0;
  std::int64_t speed = 10;
  std::string json;
  std::string binary;  ///< another keymeter_with_hooks than ours, for comparison
};

/// Of one size.
struct Figures {
  std::int64_t series = 0;
  double rss_mb = 0, peak_mb = 0;
  double first_flush_ms = 0, flush_ms = 0, roll_up_ms = 0;
  double first_loop_ms = 0, loop_ms = 0;
  double restart_ms = 0, file_mb = 0;
};

double RealSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double NumberBehindName(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name);
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + 1 + name.size(), nullptr);
}

double ProcessMegabytes(pid_t pid, const std::string& name) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  std::stringstream text;
  text << file.rdbuf();
  return NumberBehindName(text.str(), name + ":") / 1024;
}

/// The relay's counters of an hour: API keys with UUIDs, a few models each, and an account for every hundred.
class Counters {
 public:
  explicit Counters(std::int64_t hour) : date_(FormatDate(hour, 0)), hour_(FormatHour(hour, 0)) {}

  void AppendUse(std::string& commands, int number) const {
    const bool is_account = number % kKeysAnAccount == 0;
    const std::string id = IdOf(is_account ? number : number / 3);
    const std::string model = ModelOf(number);
    const std::string key = fmt::format("{}:{}:{}", model, date_, hour_);
    const std::string hash = is_account ? fmt::format("account_usage:model:hourly:{}:{}", id, key)
                                        : fmt::format("usage:{}:model:hourly:{}", id, key);
    for (const auto& [field, by] : {std::pair{"requests", 1},
                                    {"inputTokens", 1234 + number % 77},
                                    {"outputTokens", 345},
                                    {"cacheReadTokens", 43'210},
                                    {"realCostMicro", 54'321},
                                    {"ratedCostMicro", 54'321}})
      AppendResp(commands, {"HINCRBY", hash, field, std::to_string(by)});
    AppendResp(commands, {"SADD",
                          fmt::format("{}:hourly:index:{}:{}",
                                      is_account ? "account_usage:model" : "usage:keymodel", date_, hour_),
                          fmt::format("{}:{}", id, model)});
  }

 private:
  static std::string IdOf(int number) {
    const auto mixed = static_cast<std::uint64_t>(number) * 0x9e3779b97f4a7c15U;
    return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", mixed >> 32U, mixed >> 16U & 0xFFFFU,
                       mixed >> 4U & 0xFFFU, mixed >> 52U, number);
  }
  static const char* ModelOf(int number) {
    static constexpr const char* kModels[] = {"claude-sonnet-4-20250514",
                                              "claude-opus-4-1-20250805",
                                              "claude-3-5-haiku-20241022",
                                              "claude-sonnet-4-5-20250929",
                                              "gpt-5-codex",
                                              "gemini-2.5-pro"};
    return kModels[number / 3 * 5 % 6 / 3 * 3 + number % 3];
  }

  const std::string date_, hour_;
};

/// Meters a relay with a given number of series, on a fast clock, and takes the figures. Threads: one; Run
/// once.
class ScaleBench {
 public:
  explicit ScaleBench(Settings settings)
      : settings_(std::move(settings)), start_(FastClock::StartAt(kStartMs, settings_.speed)) {}

  Figures Run(int series) {
    figures_.series = series;
    Start();
    Await("baseline", [&] { return Metric("keymeter_baseline_read") == 1; });
    Touch();
    AwaitDurable(1);
    figures_.first_flush_ms = std::exchange(longest_flush_ms_, 0);
    figures_.first_loop_ms = std::exchange(longest_loop_ms_, 0);
    // Longer than the metric remembers, and until that minute is rolled up.
    LookFor(3 * kMinuteS / static_cast<double>(settings_.speed));
    longest_flush_ms_ = longest_loop_ms_ = 0;
    Touch();
    AwaitDurable(2);
    figures_.flush_ms = std::exchange(longest_flush_ms_, 0);
    figures_.loop_ms = longest_loop_ms_;
    figures_.rss_mb = ProcessMegabytes(Pid(), "VmRSS");
    AwaitRollUp();
    figures_.roll_up_ms = longest_flush_ms_;
    figures_.peak_mb = ProcessMegabytes(Pid(), "VmHWM");
    Stop();
    figures_.file_mb = static_cast<double>(std::filesystem::file_size(Db())) / 1e6;
    figures_.restart_ms = Start();
    Stop();
    return figures_;
  }

  /// Counters of closed hours.
  void RunHistory(int series) {
    RelayHistory history;
    history.series = series;
    history.hours = settings_.history_hours;
    history.newest_hour = HourNow() - kHourSeconds;
    const std::int64_t counters = history.Write(client_);
    Start();
    Await("baseline", [&] { return Metric("keymeter_baseline_read") == 1; });
    const double imported_mb = ProcessMegabytes(Pid(), "VmRSS");
    LookFor(static_cast<double>(counters) / 100'000 + kMinuteS / static_cast<double>(settings_.speed));
    const double rss_mb = ProcessMegabytes(Pid(), "VmRSS");
    const double peak_mb = ProcessMegabytes(Pid(), "VmHWM");
    Stop();
    const double file_mb = static_cast<double>(std::filesystem::file_size(Db())) / 1e6;
    const double restart_ms = Start();
    LookFor(2);
    fmt::print(
        "{} series, {} closed hours, {} counters: RSS {:.0f} MB when read, {:.0f} MB packed ({:.0f} bytes a "
        "counter "
        "in all), peak {:.0f} MB; file {:.0f} MB; restart {:.0f} ms, then {:.0f} MB, peak {:.0f} MB\n",
        series, history.hours, counters, imported_mb, rss_mb,
        rss_mb * 1048576 / static_cast<double>(counters), peak_mb, file_mb, restart_ms,
        ProcessMegabytes(Pid(), "VmRSS"), ProcessMegabytes(Pid(), "VmHWM"));
    Stop();
  }

 private:
  /// Milliseconds until it is healthy.
  double Start() {
    const std::vector<std::string> wrapper =
        settings_.binary.empty() ? std::vector<std::string>{} : InPlace(settings_.binary);
    const double begin = RealSeconds();
    program_ = std::make_unique<Program>(
        "process",
        std::vector<std::string>{"--redis", redis_.url(), "--db", Db(), "--utc-offset", "+00:00",
                                 "--import-max-load", "100%"},
        Variables{{kClockVariable, ClockText(start_)}}, wrapper);
    const std::string url = program_->Probe("/healthz");
    while (HttpGet(url).status != 200) std::this_thread::sleep_for(Milliseconds(1));
    return (RealSeconds() - begin) * 1000;
  }

  void Stop() {
    program_->process().Signal(SIGTERM);
    if (program_->process().Wait(Milliseconds{600'000}) != 0)
      throw std::runtime_error(program_->process().StandardError());
  }

  void Touch() {
    const Counters counters(HourNow());
    std::string commands;
    for (int number = 0; number < figures_.series; ++number) {
      counters.AppendUse(commands, number);
      if (commands.size() < (1U << 20U)) continue;
      client_.Pipe(commands);
      commands.clear();
      Look();
    }
    client_.Pipe(commands);
  }

  /// Every counter says `requests`, in the file.
  void AwaitDurable(int requests) {
    Await("rows", [&] {
      return DatabaseRows(Db()).Value(fmt::format(
                 "SELECT count(*) FROM (SELECT bucket, series FROM reading WHERE requests = {0} UNION "
                 "SELECT bucket, series FROM reading_recent WHERE requests = {0})",
                 requests)) == std::to_string(figures_.series);
    });
  }

  void AwaitRollUp() {
    const DatabaseRows rows(Db());
    const std::string newest = rows.Value("SELECT max(bucket) FROM usage_minute");
    Await("the roll-up", [&] {
      return rows.Value(fmt::format("SELECT rolled_until > {} FROM source_state", newest)) == "1";
    });
    LookFor(1.2);  // until its flush is in the metric
  }

  void Await(const std::string& what, const std::function<bool()>& is_there) {
    for (const double end = RealSeconds() + kLongestPhaseS; RealSeconds() < end;) {
      Look();
      if (is_there()) return;
      std::this_thread::sleep_for(kLook);
    }
    throw std::runtime_error("no " + what + ":\n" + program_->process().StandardError());
  }

  void LookFor(double seconds) {
    for (const double end = RealSeconds() + seconds; RealSeconds() < end;) {
      Look();
      std::this_thread::sleep_for(kLook);
    }
  }

  void Look() {
    metrics_ = HttpGet(program_->Probe("/metrics")).body;
    longest_flush_ms_ = std::max(longest_flush_ms_, Metric("keymeter_flush_seconds") * 1000);
    longest_loop_ms_ = std::max(longest_loop_ms_, Metric("keymeter_loop_longest_seconds") * 1000);
  }

  [[nodiscard]] double Metric(const std::string& name) const {
    return NumberBehindName(metrics_, name + " ");
  }
  [[nodiscard]] std::int64_t HourNow() const {
    return BucketOf(Level::kHour, FastClock(start_).WallMs() / 1000, 0);
  }
  [[nodiscard]] pid_t Pid() const { return program_->process().pid(); }
  [[nodiscard]] std::string Db() const { return directory_.File("keymeter.db"); }

  const Settings settings_;
  const FastClock::Start start_;
  Figures figures_;
  TempDir directory_;
  RedisServer redis_;
  RedisClient client_ = redis_.Connect();
  std::unique_ptr<Program> program_;
  std::string metrics_;
  double longest_flush_ms_ = 0, longest_loop_ms_ = 0;
};

using Column = std::pair<const char*, double Figures::*>;
constexpr Column kColumns[] = {{"RSS MiB", &Figures::rss_mb},
                               {"peak MiB", &Figures::peak_mb},
                               {"first flush ms", &Figures::first_flush_ms},
                               {"flush ms", &Figures::flush_ms},
                               {"roll-up ms", &Figures::roll_up_ms},
                               {"loop ms, new", &Figures::first_loop_ms},
                               {"loop ms", &Figures::loop_ms},
                               {"restart ms", &Figures::restart_ms},
                               {"file MB", &Figures::file_mb}};

void Print(const std::vector<Figures>& all) {
  fmt::print("{:>9}", "series");
  for (const auto& [name, value] : kColumns) fmt::print(" | {:>15}", name);
  fmt::print("\n");
  for (std::size_t i = 0; i < all.size(); ++i) {
    fmt::print("{:>9}", all[i].series);
    for (const auto& [name, value] : kColumns) {
      const double before = i == 0 ? 0 : all[i - 1].*value;
      fmt::print(" | {:>15}",
                 fmt::format("{:.1f}{}", all[i].*value,
                             before > 0 ? fmt::format(" (x{:.1f})", all[i].*value / before) : ""));
    }
    fmt::print("\n");
  }
  std::fflush(stdout);
}

void WriteJson(const std::vector<Figures>& all, const std::string& path) {
  nlohmann::json json = nlohmann::json::array();
  for (const Figures& figures : all) {
    nlohmann::json row = {{"series", figures.series}};
    for (const auto& [name, value] : kColumns) row[name] = figures.*value;
    json.push_back(row);
  }
  std::ofstream(path) << json.dump(2) << "\n";
}

Settings Parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--least") settings.least = std::atoi(argv[i + 1]);
    if (flag == "--most") settings.most = std::atoi(argv[i + 1]);
    if (flag == "--history") settings.history_hours = std::atoi(argv[i + 1]);
    if (flag == "--speed") settings.speed = std::atoi(argv[i + 1]);
    if (flag == "--json") settings.json = argv[i + 1];
    if (flag == "--binary") settings.binary = argv[i + 1];
  }
  return settings;
}

void RunAll(const Settings& settings) {
  if (settings.history_hours > 0) return ScaleBench(settings).RunHistory(settings.most);
  std::vector<Figures> all;
  for (int series = settings.least; series <= settings.most; series *= 10) {
    std::fprintf(stderr, "%d series …\n", series);
    all.push_back(ScaleBench(settings).Run(series));
  }
  Print(all);
  if (!settings.json.empty()) WriteJson(all, settings.json);
}

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) {
  try {
    keymeter::testing::RunAll(keymeter::testing::Parse(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "scale_bench: %s\n", error.what());
    return 1;
  }
}
