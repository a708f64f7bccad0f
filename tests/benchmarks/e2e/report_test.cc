#include "benchmarks/program/e2e/report.h"

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

TEST(E2eReport, ShowsMedianLeastAndMost) {
  EXPECT_EQ(CellOf({.median = 1.25, .low = 1, .high = 2, .count = 3}, 2), "1.25 [1.00 2.00]");
  EXPECT_EQ(CellOf({.median = 7, .low = 7, .high = 7, .count = 1}, 0), "7");
  EXPECT_EQ(CellOf({}, 2), "-");
}

TEST(E2eReport, HasARowForEachSubjectAndTheColumnsThatSomeHave) {
  Results results;
  results.Add({{0, "500", SubjectKind::kKeymeter}, {.events = 2e6, .client_cpu = 0.25}, ""});
  results.Add({{0, "500", SubjectKind::kOff}, {.events = 2e6, .redis_cpu = 1.5}, ""});
  const std::string text = LoadText(results, "500");
  EXPECT_NE(text.find("2.00 million events"), std::string::npos) << text;
  EXPECT_NE(text.find("keymeter           0.250              -\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("wake-ups"), std::string::npos) << text;
  EXPECT_LT(text.find("\noff "), text.find("\nkeymeter "));
}

TEST(E2eReport, CountsTheRunsOfASubjectThatSucceeded) {
  Results results;
  for (int repeat = 0; repeat < 3; ++repeat) {
    results.Add({{repeat, "500", SubjectKind::kKeymeter}, {.events = 2e6}, ""});
    results.Add({{repeat, "500", SubjectKind::kNaive}, {}, "not installed"});
  }
  const std::string text = LoadText(results, "500");
  EXPECT_NE(text.find(" of 3 runs a subject"), std::string::npos) << text;
}

TEST(E2eReport, SetsKeymeterBesideTheOneBefore) {
  Results results;
  results.Add({{0, "500", SubjectKind::kKeymeter}, {.client_cpu = 0.25}, ""});
  EXPECT_EQ(ChangesText(results), "");
  results.Add({{0, "500", SubjectKind::kBefore}, {.client_cpu = 0.5}, ""});
  EXPECT_NE(ChangesText(results).find("\n500                      0.50"), std::string::npos)
      << ChangesText(results);
}

TEST(E2eReport, MarksWhatWasMissed) {
  const std::string text =
      PromisesText({{.what = "a", .measured = 2, .bound = 1}, {.what = "b", .measured = 1, .bound = 1}});
  EXPECT_NE(text.find("≤ 1.00  MISSED"), std::string::npos) << text;
  EXPECT_NE(text.find("≤ 1.00    kept"), std::string::npos) << text;
}

TEST(E2eReport, ShowsTheSpreadOfAPromise) {
  const std::string text =
      PromisesText({{.what = "a", .measured = 2, .over = {2, 1, 3, 3}, .bound = 9, .digits = 0}});
  EXPECT_NE(text.find("2 [1 3]"), std::string::npos) << text;
}

TEST(E2eReport, KeepsEveryRunItsSummaryAndThePromisesAsJson) {
  Results results;
  results.Add({{0, "500", SubjectKind::kKeymeter}, {.events = 2e6, .client_cpu = 0.25}, ""});
  results.Add({{1, "500", SubjectKind::kKeymeter}, {.events = 2e6, .client_cpu = 0.75}, ""});
  results.Add({{2, "500", SubjectKind::kKeymeter}, {}, "no Redis"});
  const auto json = ToJson(results, {{.what = "a", .measured = 2, .bound = 1}});
  EXPECT_EQ(json["runs"].size(), 3U);
  EXPECT_EQ(json["runs"][1]["client_cpu_s_per_million"], 0.75);
  EXPECT_EQ(json["runs"][2]["failure"], "no Redis");
  EXPECT_EQ(json["summary"]["500"]["keymeter"]["client_cpu_s_per_million"]["median"], 0.5);
  EXPECT_EQ(json["summary"]["500"]["keymeter"]["client_cpu_s_per_million"]["count"], 2);
  EXPECT_EQ(json["promises"][0]["at_most"], 1.0);
  EXPECT_EQ(json["promises"][0]["kept"], false);
}

}  // namespace
}  // namespace keymeter::e2e
