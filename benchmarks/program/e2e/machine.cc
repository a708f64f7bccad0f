#include "benchmarks/program/e2e/machine.h"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests/support/child_process.h"

namespace keymeter::e2e {

namespace {

constexpr double kGibibyte = 1024.0 * 1024 * 1024;

std::string ProcessorModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string KernelRelease() {
  utsname name{};
  return ::uname(&name) == 0 ? name.release : "unknown";
}

/// The first line that a program prints; "not installed" when it does not.
std::string VersionOf(const std::vector<std::string>& argv) {
  testing::ChildProcess program(argv);
  const bool is_well = program.Wait() == 0;
  const std::string text = program.StandardOutput();
  return is_well ? text.substr(0, text.find('\n')) : "not installed";
}

double LoadAverage() {
  double load = 0;
  return ::getloadavg(&load, 1) == 1 ? load : 0;
}

}  // namespace

nlohmann::ordered_json DescribeMachine() {
  const double memory =
      static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return {{"processor", ProcessorModel()},
          {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory_gib", memory / kGibibyte},
          {"kernel", KernelRelease()},
          {"redis", VersionOf({"redis-server", "--version"})},
          {"sqlite", sqlite3_libversion()},
          {"node", VersionOf({"node", "--version"})},
          {"keymeter", VersionOf({KEYMETER_BINARY, "--version"})},
          {"build", KEYMETER_BUILD_TYPE},
          {"load_average", LoadAverage()}};
}

std::string MachineText(const nlohmann::ordered_json& machine) {
  return fmt::format(
      "machine: {}, {} cores, {:.0f} GiB, Linux {}\n{}\nSQLite {}, node {}, build {}; load average before: "
      "{:.2f}\n",
      machine.at("processor").get<std::string>(), machine.at("cores").get<long>(),
      machine.at("memory_gib").get<double>(), machine.at("kernel").get<std::string>(),
      machine.at("redis").get<std::string>(), machine.at("sqlite").get<std::string>(),
      machine.at("node").get<std::string>(), machine.at("build").get<std::string>(),
      machine.at("load_average").get<double>());
}

}  // namespace keymeter::e2e
