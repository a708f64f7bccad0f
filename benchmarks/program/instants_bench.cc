// Imports and returns at random instants while a relay-like writer runs, which is not atomic: how long they
// take, and whether any hour or day of any file is off in the end. Prints a table; exits with 1 when one is.
//
//   instants_bench [COUNT [WORKERS [SEED]]]      COUNT of each, 500 by default; two at a time

#include <cstdio>
#include <cstdlib>

#include "benchmarks/program/spread.h"
#include "tests/support/instants.h"

namespace keymeter::testing {
namespace {

void PrintDurations(const char* what, const std::vector<double>& durations_ms) {
  if (durations_ms.empty()) return;
  const Spread spread = SpreadOf(durations_ms);
  std::printf("%-8s %5zu   p50 %6.0f ms   p99 %6.0f ms   max %6.0f ms   (start of the program → baseline)\n",
              what, durations_ms.size(), spread.p50, spread.p99, spread.max);
}

int Run(const Instants::Options& options) {
  const Instants::Result result = Instants(options).Run();
  PrintDurations("imports", result.import_ms);
  PrintDurations("returns", result.return_ms);
  std::printf("besides  %5d   killed before their baseline\n", result.early_deaths);
  std::printf("relay    %5lld requests in %zu hours, %zu counters of an hour\n",
              static_cast<long long>(result.requests), result.hours, result.counters);
  std::printf("files    %5d   %d values off, %d adjustments\n", result.files, result.values_off,
              result.adjustments);
  if (result.values_off > 0) std::printf("%s\n", result.differences.c_str());
  return result.values_off == 0 && result.adjustments == 0 ? 0 : 1;
}

}  // namespace
}  // namespace keymeter::testing

int main(int argc, char** argv) {
  keymeter::testing::Instants::Options options{.imports = 500, .returns = 500};
  if (argc > 1) options.imports = options.returns = std::atoi(argv[1]);
  if (argc > 2) options.workers = std::atoi(argv[2]);
  if (argc > 3) options.seed = static_cast<std::uint32_t>(std::atoi(argv[3]));
  try {
    return keymeter::testing::Run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "instants_bench: %s\n", error.what());
    return 2;
  }
}
