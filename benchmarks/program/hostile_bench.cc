// What hostile clients cost honest ones: `keymeter serve` on a file with 1,000 keys, asked by 32 clients
// (half of them keep their connection, half open one for each request) and, every 100 ms, at its probe; first
// alone, then while 256 clients are stuck in what they began, come back whenever they are cut off, and 50
// more come each second. Prints a table; asserts nothing. Needs 5,000 open files.
//
//   hostile_bench [half|trickle|kept|reader] [--seconds 20] [--clients 256] [--more 50] [further flags of
//   keymeter]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "benchmarks/program/process_figures.h"
#include "benchmarks/program/spread.h"
#include "benchmarks/program/stuck_clients.h"
#include "tests/support/program.h"
#include "tests/support/usage_file.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {
namespace {

using Time = std::chrono::steady_clock;

constexpr int kHonest = 32;
constexpr int kKeys = 1000;
constexpr std::chrono::milliseconds kPause(50);
constexpr std::chrono::milliseconds kProbePause(100);

double MsSince(Time::time_point begin) {
  return std::chrono::duration<double, std::milli>(Time::now() - begin).count();
}

/// A blocking connection that asks one thing after the other.
class Client {
 public:
  Client(int port, std::string target, bool keeps)
      : port_(port),
        request_("GET " + std::move(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
                 (keeps ? "" : "Connection: close\r\n") + "\r\n"),
        keeps_(keeps) {}
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Milliseconds until the whole answer was there; nothing when there was none. A kept connection that the
  /// server has closed meanwhile is opened anew, as every HTTP client does; that counts.
  std::optional<double> Ask() {
    const auto begin = Time::now();
    const bool was_open = file_ >= 0;
    bool is_good = Try();
    if (!is_good && was_open) is_good = Try();
    if (!keeps_) Close();
    return is_good ? std::optional(MsSince(begin)) : std::nullopt;
  }

 private:
  bool Try() {
    if (file_ < 0 && !Connect()) return false;
    if (::send(file_, request_.data(), request_.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request_.size()) &&
        ReadAnswer())
      return true;
    Close();
    return false;
  }

  bool Connect() {
    file_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    (void)::setsockopt(file_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(file_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return true;
    Close();
    return false;
  }

  bool ReadAnswer() {
    std::string answer;
    std::size_t whole = std::string::npos;
    while (answer.size() < whole) {
      char buffer[16384];
      const ssize_t count = ::recv(file_, buffer, sizeof(buffer), 0);
      if (count <= 0) return false;
      answer.append(buffer, static_cast<std::size_t>(count));
      const std::size_t end = answer.find("\r\n\r\n");
      const std::size_t length = answer.find("Content-Length: ");
      if (whole == std::string::npos && end != std::string::npos && length < end)
        whole = end + 4 + std::strtoull(answer.c_str() + length + 16, nullptr, 10);
    }
    return answer.starts_with("HTTP/1.1 200");
  }

  void Close() {
    if (file_ >= 0) ::close(file_);
    file_ = -1;
  }

  const int port_;
  const std::string request_;
  const bool keeps_;
  int file_ = -1;
};

struct Delays {
  std::vector<double> ms;
  int failures = 0;
};

/// One client at its pace, until the end.
Delays AskUntil(Time::time_point end, Client& client, std::chrono::milliseconds pause) {
  Delays delays;
  while (Time::now() < end) {
    if (const auto ms = client.Ask())
      delays.ms.push_back(*ms);
    else
      ++delays.failures;
    std::this_thread::sleep_for(pause);
  }
  return delays;
}

void PrintLine(const char* phase, const char* who, const Delays& delays) {
  if (delays.ms.empty()) {
    std::printf("%-8s %-22s no answers, %d failures\n", phase, who, delays.failures);
    return;
  }
  const Spread spread = SpreadOf(delays.ms);
  std::printf("%-8s %-22s p50 %7.2f ms   p99 %7.2f ms   max %7.2f ms   %6zu answers, %d failures\n", phase,
              who, spread.p50, spread.p99, spread.max, delays.ms.size(), delays.failures);
}

void Measure(const char* phase, int api, int probe, int seconds) {
  const auto end = Time::now() + std::chrono::seconds(seconds);
  Delays kept;
  Delays fresh;
  Delays probed;
  std::mutex mutex;
  std::vector<std::thread> threads;
  threads.reserve(kHonest + 1);
  for (int i = 0; i < kHonest; ++i) {
    threads.emplace_back([&, i] {
      const bool keeps = i % 2 == 0;
      Client client(api, "/api/apikeys?limit=50", keeps);
      const Delays mine = AskUntil(end, client, kPause);
      const std::lock_guard lock(mutex);
      Delays& all = keeps ? kept : fresh;
      all.ms.insert(all.ms.end(), mine.ms.begin(), mine.ms.end());
      all.failures += mine.failures;
    });
  }
  threads.emplace_back([&] {
    Client client(probe, "/readyz", false);
    probed = AskUntil(end, client, kProbePause);
  });
  for (std::thread& thread : threads) thread.join();
  PrintLine(phase, "kept connections", kept);
  PrintLine(phase, "new connections", fresh);
  PrintLine(phase, "probe", probed);
}

std::string StatusLine(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name)) return line.substr(line.find_first_not_of(" \t", name.size()));
  return "?";
}

void PrintProcess(const char* phase, pid_t pid) {
  std::printf("%-8s process: RSS %s, at most %s, %s threads\n", phase, StatusLine(pid, "VmRSS:").c_str(),
              StatusLine(pid, "VmHWM:").c_str(), StatusLine(pid, "Threads:").c_str());
}

int PortOf(const std::string& url) {
  return std::atoi(url.c_str() + url.rfind(':') + 1);
}

StuckClients::Way WayOf(const std::string& name) {
  if (name == "trickle") return StuckClients::Way::kTrickle;
  if (name == "kept") return StuckClients::Way::kKept;
  if (name == "reader") return StuckClients::Way::kReader;
  return StuckClients::Way::kHalf;
}

int Run(StuckClients::Plan plan, int seconds, const std::vector<std::string>& flags) {
  query_api::UsageFile file;
  file.Sql("BEGIN");
  for (int i = 0; i < kKeys; ++i) {
    const std::string id = "key-" + std::to_string(i);
    file.Key(id, "name of " + id).Minute(query_api::kMinuteNow, {.entity = id, .requests = i});
  }
  file.Sql("COMMIT");
  std::vector<std::string> arguments = {"--db", file.path()};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  Program program("serve", arguments, {{"KEYMETER_MAX_CONNECTIONS", "512"}});  // the default
  const int api = PortOf(program.Api(""));
  const int probe = PortOf(program.Probe(""));
  const pid_t pid = program.process().pid();
  PrintProcess("idle", pid);
  Measure("alone", api, probe, seconds / 2);
  PrintProcess("alone", pid);
  plan.port = api;
  plan.large_target = "/api/apikeys?limit=1000";
  const double cpu = CpuSeconds(pid);
  {
    const StuckClients stuck(plan);
    Measure("attack", api, probe, seconds);
    PrintProcess("attack", pid);
    std::printf(
        "attack   %lld stuck clients at the end, %.0f connections a second, %.0f %% of a core for the "
        "server\n",
        static_cast<long long>(stuck.clients()), static_cast<double>(stuck.connects()) / seconds,
        (CpuSeconds(pid) - cpu) / seconds * 100);
  }
  Measure("after", api, probe, 3);
  return 0;
}

int Main(int argc, char** argv) {
  StuckClients::Plan plan;
  int seconds = 20;
  std::vector<std::string> flags;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seconds" && i + 1 < argc)
      seconds = std::atoi(argv[++i]);
    else if (argument == "--clients" && i + 1 < argc)
      plan.clients = std::atoi(argv[++i]);
    else if (argument == "--more" && i + 1 < argc)
      plan.more_per_s = std::atoi(argv[++i]);
    else if (argument.starts_with("--") || !flags.empty())
      flags.push_back(argument);
    else
      plan.way = WayOf(argument);
  }
  return Run(plan, seconds, flags);
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
