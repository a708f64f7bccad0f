// A short run of the whole benchmark: it works here, and finds every hour exact. Figures are its users' to
// judge.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace keymeter::testing {
namespace {

TEST(E2eBench, FindsTheFloorWholeAndKeymeterExact) {
  const TempDir directory;
  const std::string file = directory.File("figures.json");
  ChildProcess bench({E2E_BENCH_BINARY, "--loads", "50", "--subjects", "floor,keymeter", "--seconds", "1",
                      "--repeats", "1", "--json", file});
  const int exit_code = bench.Wait(3 * kPatience).value_or(-1);
  ASSERT_TRUE(exit_code == 0 || exit_code == 1)
      << exit_code << bench.StandardError();  // 1: a ratio was missed

  const auto figures = nlohmann::json::parse(ReadFile(file)).at("summary").at("50");
  EXPECT_EQ(figures.at("floor").at("seen_percent").at("low"), 100);
  EXPECT_EQ(figures.at("keymeter").at("exact_percent").at("low"), 100);
  EXPECT_GT(figures.at("keymeter").at("client_cpu_s_per_million").at("median"), 0);
  EXPECT_GT(figures.at("keymeter").at("disk_mib").at("count"), 0);
  EXPECT_NE(bench.StandardOutput().find("keymeter"), std::string::npos);
}

TEST(E2eBench, RefusesWrongUseWith2) {
  ChildProcess bench({E2E_BENCH_BINARY, "--subjects", "nobody"});
  EXPECT_EQ(bench.Wait(), 2);
  EXPECT_NE(bench.StandardError().find("nobody"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::testing
