// What hostile clients cost honest ones: `keymeter serve` on a file with 1,000 keys, asked by 32 clients
// (half of them keep their connection, half open one for each request) and, every 100 ms, at its probes;
// first alone, then while 256 clients are stuck in what they began, come back whenever they are cut off, and
// become 1,000; then afterwards, and while 10,000 others keep connections on which nothing happens. With an
// older binary, each phase of it comes just before ours. Prints a table; asserts nothing.
//
//   hostile_bench [half|trickle|kept|reader] [--seconds 20] [--clients 256] [--most 1000] [--idle 10000]
//   [--before BINARY] [further flags of keymeter]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "benchmarks/program/hostile_bench/honest_clients.h"
#include "benchmarks/program/hostile_bench/idle_clients.h"
#include "benchmarks/program/hostile_bench/stuck_clients.h"
#include "benchmarks/program/spread.h"
#include "tests/support/process_figures.h"
#include "tests/support/program.h"
#include "tests/support/usage_file.h"

namespace keymeter::testing {
namespace {

constexpr int kKeys = 1000;
constexpr std::chrono::seconds kAfterwards(6);  ///< longer than a stuck head is waited for
constexpr rlim_t kOpenFiles = 32'768;

struct Settings {
  StuckClients::Plan plan;
  int seconds = 20;
  int most = 1000;
  std::size_t idle = 10'000;
  std::string before;  ///< an older binary; empty: none
  std::vector<std::string> flags;
};

int PortOf(const std::string& url) {
  return std::atoi(url.c_str() + url.rfind(':') + 1);
}

/// One server of those that are compared.
class Subject {
 public:
  /// `binary`: another one than ours; empty: ours.
  Subject(const char* name, const std::string& binary, const std::vector<std::string>& arguments)
      : name_(name),
        program_("serve", arguments, {}, binary.empty() ? std::vector<std::string>{} : InPlace(binary)) {}

  [[nodiscard]] int api() const { return PortOf(program_.Api("")); }
  [[nodiscard]] int probe() const { return PortOf(program_.Probe("")); }
  [[nodiscard]] pid_t pid() { return program_.process().pid(); }
  [[nodiscard]] const char* name() const { return name_; }

  void Measure(const char* phase, std::chrono::seconds time) {
    const HonestDelays delays = AskHonestly(api(), probe(), time);
    PrintLine(phase, "kept connections", delays.kept);
    PrintLine(phase, "new connections", delays.fresh);
    PrintLine(phase, "/livez", delays.alive);
    PrintLine(phase, "/readyz", delays.ready);
  }
  void PrintProcess(const char* phase) {
    std::printf("%-7s %-7s process: RSS %.1f MiB, at most %.1f\n", name_, phase, ResidentMebibytes(pid()),
                PeakMebibytes(pid()));
    std::fflush(stdout);
  }

 private:
  void PrintLine(const char* phase, const char* who, const Delays& delays) const {
    if (delays.ms.empty()) {
      std::printf("%-7s %-7s %-17s no answers, %d failures\n", name_, phase, who, delays.failures);
      return;
    }
    const Spread spread = SpreadOf(delays.ms);
    std::printf("%-7s %-7s %-17s p50 %7.2f ms   p99 %7.2f ms   max %7.2f ms   %6zu answers, %d failures\n",
                name_, phase, who, spread.p50, spread.p99, spread.max, delays.ms.size(), delays.failures);
    std::fflush(stdout);
  }

  const char* name_;
  Program program_;
};

using Subjects = std::vector<std::unique_ptr<Subject>>;

/// The older binary first, and both on the same file.
Subjects Start(const Settings& settings, const std::string& file, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"--db", file};
  arguments.insert(arguments.end(), settings.flags.begin(), settings.flags.end());
  Subjects subjects;
  if (!settings.before.empty())
    subjects.push_back(std::make_unique<Subject>("before", settings.before, arguments));
  arguments.insert(arguments.end(), more.begin(), more.end());
  subjects.push_back(std::make_unique<Subject>("ours", "", arguments));
  return subjects;
}

void Attack(Subject& subject, const Settings& settings) {
  StuckClients::Plan plan = settings.plan;
  plan.port = subject.api();
  plan.more_per_s = std::max(0, settings.most - plan.clients) / settings.seconds;
  const double cpu = CpuSeconds(subject.pid());
  {
    const StuckClients stuck(plan);
    subject.Measure("attack", std::chrono::seconds(settings.seconds));
    subject.PrintProcess("attack");
    std::printf("%-7s attack  %lld stuck clients at the end, %.0f connections a second, %.0f %% of a core\n",
                subject.name(), static_cast<long long>(stuck.clients()),
                static_cast<double>(stuck.connects()) / settings.seconds,
                (CpuSeconds(subject.pid()) - cpu) / settings.seconds * 100);
  }
  std::this_thread::sleep_for(kAfterwards);
  subject.Measure("after", std::chrono::seconds(3));
  subject.PrintProcess("after");
}

void KeepIdle(Subject& subject, const Settings& settings) {
  subject.Measure("alone", std::chrono::seconds(3));
  const double before = ResidentMebibytes(subject.pid());
  {
    const IdleClients idle(subject.api(), settings.idle);
    const double grown_kib = (ResidentMebibytes(subject.pid()) - before) * 1024;
    const std::size_t open = idle.open();
    std::printf("%-7s idle    %zu of %zu connections are kept, %.1f KiB each\n", subject.name(), open,
                settings.idle, open > 0 ? grown_kib / static_cast<double>(open) : 0);
    subject.Measure("idle", std::chrono::seconds(settings.seconds / 2));
    subject.PrintProcess("idle");
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  subject.PrintProcess("after");
}

void AllowOpenFiles() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  rlimit wanted{.rlim_cur = kOpenFiles, .rlim_max = std::max(kOpenFiles, limit.rlim_max)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return;  // root may raise both
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::fprintf(stderr, "hostile_bench: only %llu open files are allowed (ulimit -Hn)\n",
               static_cast<unsigned long long>(limit.rlim_max));
}

int Run(Settings settings) {
  AllowOpenFiles();
  query_api::UsageFile file;
  file.Sql("BEGIN");
  for (int i = 0; i < kKeys; ++i) {
    const std::string id = "key-" + std::to_string(i);
    file.Key(id, "name of " + id).Minute(query_api::kMinuteNow, {.entity = id, .requests = i});
  }
  file.Sql("COMMIT");
  settings.plan.large_target = "/api/apikeys?limit=1000";
  {
    const Subjects subjects = Start(settings, file.path());
    for (const auto& subject : subjects) {
      (void)subject->api();  // it listens
      subject->PrintProcess("start");
    }
    for (const auto& subject : subjects) {
      subject->Measure("alone", std::chrono::seconds(settings.seconds / 2));
      subject->PrintProcess("alone");
    }
    for (const auto& subject : subjects) Attack(*subject, settings);
  }
  if (settings.idle == 0) return 0;
  const std::string connections = std::to_string(settings.idle + 1000);
  for (const auto& subject : Start(settings, file.path(), {"--max-connections", connections}))
    KeepIdle(*subject, settings);
  return 0;
}

StuckClients::Way WayOf(const std::string& name) {
  if (name == "trickle") return StuckClients::Way::kTrickle;
  if (name == "kept") return StuckClients::Way::kKept;
  if (name == "reader") return StuckClients::Way::kReader;
  return StuckClients::Way::kHalf;
}

int Main(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seconds" && i + 1 < argc)
      settings.seconds = std::max(2, std::atoi(argv[++i]));
    else if (argument == "--clients" && i + 1 < argc)
      settings.plan.clients = std::atoi(argv[++i]);
    else if (argument == "--most" && i + 1 < argc)
      settings.most = std::atoi(argv[++i]);
    else if (argument == "--idle" && i + 1 < argc)
      settings.idle = static_cast<std::size_t>(std::atoi(argv[++i]));
    else if (argument == "--before" && i + 1 < argc)
      settings.before = argv[++i];
    else if (argument.starts_with("--") || !settings.flags.empty())
      settings.flags.push_back(argument);
    else
      settings.plan.way = WayOf(argument);
  }
  return Run(settings);
}

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) {
  try {
    return keymeter::testing::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hostile_bench: %s\n", error.what());
    return 2;
  }
}
