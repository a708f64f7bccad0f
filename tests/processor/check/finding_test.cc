#include "processor/check/finding.h"

#include <gtest/gtest.h>

namespace keymeter::check {
namespace {

std::vector<Finding> Of(const std::vector<Observation>& observations) {
  std::vector<Finding> findings;
  findings.reserve(observations.size());
  for (const Observation& observation : observations)
    findings.push_back({.group = Group::kFile, .check = "file", .observation = observation});
  return findings;
}

TEST(Finding, NotesAndSkippedChecksAreNoReasonToFail) {
  EXPECT_EQ(ExitCode({}), 0);
  EXPECT_EQ(ExitCode(Of({Ok("a"), Note("b"), Skipped("c")})), 0);
}

TEST(Finding, TheWorstOneGivesTheExitCode) {
  EXPECT_EQ(ExitCode(Of({Ok("a"), Warning("b", "do")})), 1);
  EXPECT_EQ(ExitCode(Of({Fault("a", "do"), Warning("b", "do")})), 3) << "2 is wrong usage";
}

TEST(Finding, AreCountedBySeverity) {
  const auto findings = Of({Warning("a", "do"), Warning("b", "do"), Ok("c")});
  EXPECT_EQ(CountOf(Severity::kWarning, findings), 2U);
  EXPECT_EQ(CountOf(Severity::kFault, findings), 0U);
}

}  // namespace
}  // namespace keymeter::check
