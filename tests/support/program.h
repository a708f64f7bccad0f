#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/child_process.h"
#include "tests/support/redis_server.h"
#include "tests/support/usage_sums.h"

namespace keymeter::testing {

/// The keymeter binary as a user starts it, on ports of its own choice.
///
/// Threads: one. Lifetime: the process is killed at the end of the object. Tested by every integration test.
class Program {
 public:
  /// `command` is run, process or serve; `--listen`, `--probe-listen` and the generator's `--utc-offset` are
  /// added, each unless the arguments have it. (Within two minutes of an hour's change a relay's counters do
  /// not show an offset: a test that wants the offset to be detected passes `--utc-offset auto`.) An
  /// environment with hooks (test_hooks.h) starts keymeter_with_hooks. `wrapper`: words before the program's
  /// own, which run it.
  Program(const std::string& command, std::vector<std::string> arguments,
          const std::map<std::string, std::string>& environment = {},
          const std::vector<std::string>& wrapper = {});

  [[nodiscard]] std::string Api(const std::string& path) const;  ///< http://127.0.0.1:port + path
  /// Where the API listens, in the order of its lines: as many as it was given `--listen`.
  [[nodiscard]] std::vector<std::string> ApiAddresses() const;
  [[nodiscard]] std::string Probe(const std::string& path) const;  ///< likewise
  [[nodiscard]] std::string ProbeAddress() const;                  ///< as ApiAddresses
  void AwaitLine(const std::string& part);                         ///< throws when it does not come
  ChildProcess& process() { return *process_; }

 private:
  [[nodiscard]] std::vector<std::string> AddressesOf(const std::string& role, std::size_t count) const;
  std::size_t listeners_;
  std::unique_ptr<ChildProcess> process_;
};

/// A wrapper that has another binary run in the place of ours, for comparison.
std::vector<std::string> InPlace(const std::string& binary);

/// How a run of the binary to its end went.
struct Ended {
  int exit_code;  ///< -1: it did not end
  std::string out;
  std::string error;
};
Ended RunKeymeter(std::vector<std::string> arguments,
                  const std::map<std::string, std::string>& environment = {});

/// Runs the generator to its end; throws unless it exits with 0. What it wrote, as JSON.
nlohmann::json RunRelayLoad(const RedisServer& redis, const std::vector<std::string>& arguments);

/// Sums of a generator's report over all hours, or of one hour (epoch seconds).
UsageSums ReportedSums(const nlohmann::json& report);
UsageSums ReportedSums(const nlohmann::json& report, std::int64_t hour);

}  // namespace keymeter::testing
