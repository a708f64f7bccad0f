#include "benchmarks/program/e2e/traffic.h"

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <vector>

#include <sys/resource.h>

#include "schema/civil_time.h"
#include "schema/clock.h"
#include "tests/support/child_process.h"
#include "tests/support/program.h"

namespace keymeter::e2e {

namespace {

using testing::ChildProcess;
using testing::RedisCommand;

constexpr testing::Milliseconds kBeyondItsTime{60'000};

/// CPU of the children that have ended and were waited for.
double CpuOfEndedChildren() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Runs a program to its end; how long it took and its CPU. No other child may end meanwhile.
WrittenTraffic RunGenerator(const std::vector<std::string>& argv, testing::Milliseconds longest,
                            std::string* output) {
  const double cpu_before = CpuOfEndedChildren();
  const auto begin = std::chrono::steady_clock::now();
  ChildProcess generator(argv);
  const auto exit_code = generator.Wait(longest);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  *output = generator.StandardOutput();
  if (exit_code != 0)
    throw std::runtime_error(argv.front() + " failed:\n" + *output + generator.StandardError());
  WrittenTraffic written;
  written.seconds = took.count();
  written.generator_cpu = CpuOfEndedChildren() - cpu_before;
  return written;
}

std::int64_t ThisHour() {
  return SystemClock().WallMs() / 1000 / kHourSeconds * kHourSeconds;
}

}  // namespace

WrittenTraffic PacedTraffic::Write(const testing::RedisServer& redis) {
  const auto longest = testing::Milliseconds(static_cast<std::int64_t>(seconds_ * 1000)) + kBeyondItsTime;
  std::string output;
  WrittenTraffic written =
      RunGenerator({RELAY_LOAD_BINARY, "--redis", redis.url(), "--rps", std::to_string(rps_), "--seconds",
                    std::to_string(seconds_), "--report", "-", "--force"},
                   longest, &output);
  const auto report = nlohmann::json::parse(output);
  written.sums = testing::ReportedSums(report);
  written.requests = report.at("live_requests");
  written.seconds = report.at("seconds");
  return written;
}

TraceTraffic::TraceTraffic(int copies) : copies_(copies) {
  const testing::RelayExpectation expected = testing::RelayExpectation::Load();
  for (const char* section : {"api_keys", "accounts", "groups"})
    for (const auto& item : expected.all.at(section).items()) ids_.Add(item.key());
  for (const auto& [id, amounts] : expected.usage) {
    ids_.Add(id.entity);
    for (int copy = 0; copy < copies_; ++copy)
      sums_[{id.kind, RenamedIds::InCopy(id.entity, static_cast<unsigned>(copy)), id.model}] += amounts;
    if (id.kind == "api_key") requests_ += copies_ * amounts[Metric::kRequests];
  }
}

void TraceTraffic::Prepare() {
  const std::int64_t hour = ThisHour();
  if (hour_ == hour) return;
  const testing::RelayTrace now = trace_.Redated(hour, testing::kTraceOffset);
  std::ofstream file(File(), std::ios::binary | std::ios::trunc);
  for (int copy = 0; copy < copies_; ++copy) {
    std::string resp;
    for (RedisCommand command : now.commands()) {
      for (std::string& word : command) word = ids_.TextInCopy(word, static_cast<unsigned>(copy));
      testing::AppendResp(resp, command);
    }
    file << resp;
  }
  file.close();
  if (!file) throw std::runtime_error("write " + File());
  hour_ = hour;
}

WrittenTraffic TraceTraffic::Write(const testing::RedisServer& redis) {
  std::string output;
  WrittenTraffic written =
      RunGenerator({"sh", "-c", R"(exec redis-cli -s "$0" --pipe <"$1")", redis.SocketPath(), File()},
                   kBeyondItsTime, &output);
  if (output.find("errors: 0,") == std::string::npos)
    throw std::runtime_error("redis-cli --pipe:\n" + output);
  written.sums = sums_;
  written.requests = requests_;
  return written;
}

}  // namespace keymeter::e2e
