#include "benchmarks/program/e2e/plan.h"

#include <set>

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

const std::vector<SubjectKind> kSome = {SubjectKind::kOff, SubjectKind::kFloor, SubjectKind::kKeymeter,
                                        SubjectKind::kNaive};

std::vector<SubjectKind> OrderOf(const std::vector<RunId>& plan, int repeat, const std::string& load) {
  std::vector<SubjectKind> order;
  for (const RunId& id : plan)
    if (id.repeat == repeat && id.load == load) order.push_back(id.subject);
  return order;
}

TEST(E2ePlan, RunsEverySubjectOnceUnderEachLoadAndRepeat) {
  const auto plan = MakePlan({"100", "trace"}, kSome, 3, 1);
  EXPECT_EQ(plan.size(), 24U);
  for (int repeat = 0; repeat < 3; ++repeat) {
    for (const char* load : {"100", "trace"}) {
      const auto order = OrderOf(plan, repeat, load);
      EXPECT_EQ(std::set(order.begin(), order.end()), std::set(kSome.begin(), kSome.end()));
    }
  }
}

TEST(E2ePlan, SetsTheSubjectsOfALoadSideBySide) {
  const auto plan = MakePlan({"100", "trace"}, kSome, 2, 1);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    EXPECT_EQ(plan[i].repeat, static_cast<int>(i / 8));
    EXPECT_EQ(plan[i].load, i / 4 % 2 == 0 ? "100" : "trace");
  }
}

TEST(E2ePlan, ChangesTheOrderBetweenRepeatsAndKeepsItForASeed) {
  const auto plan = MakePlan({"100"}, kSome, 9, 1);
  std::set<std::vector<SubjectKind>> orders;
  for (int repeat = 0; repeat < 9; ++repeat) orders.insert(OrderOf(plan, repeat, "100"));
  EXPECT_GT(orders.size(), 1U);
  const auto again = MakePlan({"100"}, kSome, 9, 1);
  for (int repeat = 0; repeat < 9; ++repeat)
    EXPECT_EQ(OrderOf(plan, repeat, "100"), OrderOf(again, repeat, "100"));
}

TEST(E2eTimeLeft, IsWhatTheLikeOfTheRestTook) {
  const auto plan = MakePlan({"100"}, {SubjectKind::kOff, SubjectKind::kNaive}, 2, 1);
  TimeLeft left;
  EXPECT_EQ(left.Seconds(plan, 0), 0);
  left.Took({0, "100", SubjectKind::kOff}, 2);
  EXPECT_EQ(left.Seconds(plan, 2), 4) << "the other is taken for an average one";
  left.Took({0, "100", SubjectKind::kNaive}, 10);
  EXPECT_EQ(left.Seconds(plan, 2), 12);
  EXPECT_EQ(left.Seconds(plan, 4), 0);
}

}  // namespace
}  // namespace keymeter::e2e
