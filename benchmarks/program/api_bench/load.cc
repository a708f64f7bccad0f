#include "benchmarks/program/api_bench/load.h"

#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {

LoadResult Ask(const std::string& base, const std::vector<std::string>& paths, int connections, int seconds) {
  const TempDir directory;
  WriteFile(directory.File("paths"), fmt::format("{}\n", fmt::join(paths, "\n")));
  ChildProcess wrk({"wrk", "--threads", "1", "--connections", fmt::format("{}", connections), "--duration",
                    fmt::format("{}s", seconds), "--timeout", "30s", "--script",
                    std::string(KEYMETER_SOURCE_DIR) + "/benchmarks/program/api_bench/paths.lua", base, "--",
                    directory.File("paths")});
  const auto exit_code = wrk.Wait(Milliseconds(seconds * 1000 + 60'000));
  const auto line = wrk.WaitForLine("api_bench ");
  if (exit_code != 0 || !line)
    throw std::runtime_error("wrk (Debian package wrk) failed:\n" + wrk.StandardOutput() +
                             wrk.StandardError());
  std::istringstream words(*line);
  std::string name;
  LoadResult result;
  double p50_us = 0;
  double p99_us = 0;
  double max_us = 0;
  double bytes = 0;
  double duration_us = 0;
  words >> name >> result.requests >> result.failed >> p50_us >> p99_us >> max_us >> bytes >> duration_us;
  const auto requests = static_cast<double>(result.requests);
  result.p50_ms = p50_us / 1000;
  result.p99_ms = p99_us / 1000;
  result.max_ms = max_us / 1000;
  result.rate = duration_us > 0 ? requests * 1e6 / duration_us : 0;
  result.mean_bytes = requests > 0 ? bytes / requests : 0;
  return result;
}

}  // namespace keymeter::testing
