#include "tests/support/program.h"

#include <algorithm>
#include <stdexcept>

#include "tests/support/temp_dir.h"
#include "tests/support/test_hooks.h"
#include "tests/support/wait_for.h"

namespace keymeter::testing {

namespace {

void AddRows(const nlohmann::json& rows, const std::string& kind, std::optional<std::int64_t> hour,
             UsageSums& sums) {
  for (const auto& row : rows) {
    if (hour && row.at("hour_start") != *hour) continue;
    Amounts amounts;
    for (std::size_t i = 0; i < kMetricCount; ++i) {
      const auto metric = static_cast<Metric>(i);
      amounts[metric] = row.value(std::string(MetricName(metric)), std::int64_t{0});
    }
    sums[{kind, row.at("id"), row.at("model")}] += amounts;
  }
}

UsageSums SumsOf(const nlohmann::json& report, std::optional<std::int64_t> hour) {
  UsageSums sums;
  AddRows(report.at("api_key"), "api_key", hour, sums);
  AddRows(report.at("account"), "account", hour, sums);
  return sums;
}

}  // namespace

Program::Program(const std::string& command, std::vector<std::string> arguments,
                 const std::map<std::string, std::string>& environment,
                 const std::vector<std::string>& wrapper)
    : listeners_(static_cast<std::size_t>(std::ranges::count(arguments, "--listen"))) {
  const char* const binary = HasHooks(environment) ? KEYMETER_WITH_HOOKS_BINARY : KEYMETER_BINARY;
  if (std::ranges::count(arguments, "--probe-listen") == 0)
    arguments.insert(arguments.begin(), {"--probe-listen", "127.0.0.1:0"});
  if (command != "serve" && std::ranges::count(arguments, "--utc-offset") == 0)
    arguments.insert(arguments.begin(), {"--utc-offset", "+08:00"});
  arguments.insert(arguments.begin(), {binary, command});
  if (command != "process" && listeners_ == 0) {
    arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
    listeners_ = 1;
  }
  arguments.insert(arguments.begin(), wrapper.begin(), wrapper.end());
  process_ = std::make_unique<ChildProcess>(arguments, environment);
}

void Program::AwaitLine(const std::string& part) {
  if (process_->WaitForLine(part)) return;
  throw std::runtime_error("no line with '" + part + "' in:\n" + process_->StandardError());
}

std::vector<std::string> Program::AddressesOf(const std::string& role, std::size_t count) const {
  std::vector<std::string> addresses;
  const auto all = process_->WaitForLine([&](const std::string& text) {
    if (text.find("msg=\"listening\"") == std::string::npos || text.find("role=" + role) == std::string::npos)
      return false;
    const std::size_t begin = text.find("address=") + 8;
    addresses.push_back(text.substr(begin, text.find(' ', begin) - begin));
    return addresses.size() == count;
  });
  if (!all) throw std::runtime_error("not listening:\n" + process_->StandardError());
  return addresses;
}

std::string Program::Api(const std::string& path) const {
  return "http://" + AddressesOf("api", 1).front() + path;
}
std::vector<std::string> Program::ApiAddresses() const {
  return AddressesOf("api", listeners_);
}
std::string Program::ProbeAddress() const {
  return AddressesOf("probe", 1).front();
}
std::string Program::Probe(const std::string& path) const {
  return "http://" + ProbeAddress() + path;
}

std::vector<std::string> InPlace(const std::string& binary) {
  return {"sh", "-c", "binary=$1; shift 2; exec \"$binary\" \"$@\"", "sh", binary};
}

Ended RunKeymeter(std::vector<std::string> arguments, const std::map<std::string, std::string>& environment) {
  arguments.insert(arguments.begin(), KEYMETER_BINARY);
  ChildProcess process(arguments, environment);
  const int exit_code = process.Wait().value_or(-1);
  return {exit_code, process.StandardOutput(), process.StandardError()};
}

nlohmann::json RunRelayLoad(const RedisServer& redis, const std::vector<std::string>& arguments) {
  const TempDir directory;
  std::vector<std::string> argv = {RELAY_LOAD_BINARY, "--redis", redis.url(), "--report",
                                   directory.File("report")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  ChildProcess load(argv);
  if (load.Wait(3 * kPatience) != 0) throw std::runtime_error("relay_load:\n" + load.StandardError());
  return nlohmann::json::parse(ReadFile(directory.File("report")));
}

UsageSums ReportedSums(const nlohmann::json& report) {
  return SumsOf(report, std::nullopt);
}
UsageSums ReportedSums(const nlohmann::json& report, std::int64_t hour) {
  return SumsOf(report, hour);
}

}  // namespace keymeter::testing
