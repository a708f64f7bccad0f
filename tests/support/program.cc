#include "tests/support/program.h"

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
                 std::map<std::string, std::string> environment, const std::vector<std::string>& wrapper) {
  environment.emplace("KEYMETER_MAX_CONNECTIONS", "16");  // a thread each, which sanitizers make dear
  const char* const binary = HasHooks(environment) ? KEYMETER_WITH_HOOKS_BINARY : KEYMETER_BINARY;
  arguments.insert(arguments.begin(), {binary, command, "--probe-listen", "127.0.0.1:0"});
  if (command != "process") arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
  arguments.insert(arguments.begin(), wrapper.begin(), wrapper.end());
  process_ = std::make_unique<ChildProcess>(arguments, environment);
}

void Program::AwaitLine(const std::string& part) {
  if (process_->WaitForLine(part)) return;
  throw std::runtime_error("no line with '" + part + "' in:\n" + process_->StandardError());
}

std::string Program::AddressOf(const std::string& role) const {
  const auto line = process_->WaitForLine([&](const std::string& text) {
    return text.find("msg=\"listening\"") != std::string::npos &&
           text.find("role=" + role) != std::string::npos;
  });
  if (!line) throw std::runtime_error("not listening:\n" + process_->StandardError());
  const std::size_t begin = line->find("address=") + 8;
  return line->substr(begin, line->find(' ', begin) - begin);
}

std::string Program::Api(const std::string& path) const {
  return "http://" + AddressOf("api") + path;
}
std::string Program::Probe(const std::string& path) const {
  return "http://" + AddressOf("probe") + path;
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
