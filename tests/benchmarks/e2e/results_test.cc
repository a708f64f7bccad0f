#include "benchmarks/program/e2e/results.h"

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

Run OfCpu(int repeat, SubjectKind subject, double cpu) {
  return {{repeat, "500", subject}, {.client_cpu = cpu}, ""};
}

TEST(E2eResults, SummarizeARepeatedFigure) {
  Results results;
  for (int repeat = 0; repeat < 3; ++repeat) results.Add(OfCpu(repeat, SubjectKind::kFloor, repeat + 1));
  results.Add({{0, "100", SubjectKind::kFloor}, {.client_cpu = 50}, ""});
  const Summary cpu = results.Of("500", SubjectKind::kFloor, &Figures::client_cpu);
  EXPECT_EQ(cpu.median, 2);
  EXPECT_EQ(cpu.count, 3U);
  EXPECT_EQ(results.Of("500", SubjectKind::kFloor, &Figures::commands).count, 0U);
}

TEST(E2eResults, CompareWithinARepeatSoThatASlowOneChangesNothing) {
  Results results;
  const double slow[] = {1, 10, 3};
  for (int repeat = 0; repeat < 3; ++repeat) {
    results.Add(OfCpu(repeat, SubjectKind::kFloor, 2 * slow[repeat]));
    results.Add(OfCpu(repeat, SubjectKind::kKeymeter, slow[repeat]));
  }
  results.Add(OfCpu(3, SubjectKind::kKeymeter, 100));  // without its floor
  const Summary ratio =
      results.Ratio("500", SubjectKind::kKeymeter, SubjectKind::kFloor, &Figures::client_cpu);
  EXPECT_EQ(ratio.low, 0.5);
  EXPECT_EQ(ratio.high, 0.5);
  EXPECT_EQ(ratio.count, 3U);
}

TEST(E2eResults, KnowWhatFailed) {
  Results results;
  results.Add(OfCpu(0, SubjectKind::kFloor, 1));
  EXPECT_FALSE(results.HasFailed());
  results.Add({{0, "trace", SubjectKind::kNaive}, {}, "no node"});
  EXPECT_TRUE(results.HasFailed());
  EXPECT_EQ(results.Loads(), (std::vector<std::string>{"500", "trace"}));
  EXPECT_EQ(results.Subjects("trace"), std::vector{SubjectKind::kNaive});
}

}  // namespace
}  // namespace keymeter::e2e
