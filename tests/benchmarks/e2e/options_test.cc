#include "benchmarks/program/e2e/options.h"

#include <vector>

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

CommandLine Parsed(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "e2e_bench");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(E2eOptions, CompareEverythingNineTimesByThemselves) {
  const CommandLine line = Parsed({});
  EXPECT_FALSE(line.exit_code);
  EXPECT_FALSE(line.options.is_steady);
  EXPECT_EQ(line.options.repeats, 9);
  EXPECT_EQ(line.options.loads.size(), 5U);
  EXPECT_EQ(line.options.subjects.size(), 6U);
}

TEST(E2eOptions, NameLoadsAndSubjects) {
  const Options options = Parsed({"--loads", "500,trace", "--subjects", "keymeter,floor"}).options;
  EXPECT_EQ(options.loads, (std::vector<std::string>{"500", "trace"}));
  EXPECT_EQ(options.subjects, (std::vector{SubjectKind::kFloor, SubjectKind::kKeymeter}));
}

TEST(E2eOptions, AddAnotherKeymeterAsASubject) {
  const Options options = Parsed({"--subjects", "floor", "--before", "/proc/self/exe"}).options;
  EXPECT_EQ(options.subjects, (std::vector{SubjectKind::kFloor, SubjectKind::kBefore}));
}

TEST(E2eOptions, MakeAQuickRunASmallOne) {
  const Options options = Parsed({"--quick"}).options;
  EXPECT_EQ(options.repeats, 1);
  EXPECT_EQ(options.copies, 1);
  EXPECT_EQ(options.subjects.size(), 6U);
}

TEST(E2eOptions, RunSteadily) {
  const Options options = Parsed({"steady", "--rps", "1500", "--minutes", "0.5"}).options;
  EXPECT_TRUE(options.is_steady);
  EXPECT_EQ(options.steady_rps, 1500);
  EXPECT_EQ(options.steady_minutes, 0.5);
}

TEST(E2eOptions, RefuseWhatTheyDoNotKnow) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{"--loads", "fast"},
                                             {"--loads", "0"},
                                             {"--subjects", "nobody"},
                                             {"--subjects", "before"},
                                             {"--repeats", "0"}})
    EXPECT_EQ(Parsed(arguments).exit_code, 2) << arguments.back();
}

TEST(E2eOptions, TeachOnHelp) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(Parsed({"--help"}).exit_code, 0);
  EXPECT_NE(::testing::internal::GetCapturedStdout().find("Examples:"), std::string::npos);
}

}  // namespace
}  // namespace keymeter::e2e
