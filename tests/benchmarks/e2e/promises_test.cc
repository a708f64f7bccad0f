#include "benchmarks/program/e2e/promises.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace keymeter::e2e {
namespace {

class E2ePromises : public ::testing::Test {
 protected:
  void Ran(int repeat, const std::string& load, SubjectKind subject, const Figures& figures) {
    results_.Add({{repeat, load, subject}, figures, ""});
  }
  [[nodiscard]] std::vector<Promise> Judged() const { return Judge(results_, 1000); }
  [[nodiscard]] Promise Of(const std::string& part) const {
    for (const Promise& promise : Judged())
      if (promise.what.find(part) != std::string::npos) return promise;
    ADD_FAILURE() << "no promise of " << part;
    return {};
  }

  Results results_;
};

TEST_F(E2ePromises, AreNoneWithoutFigures) {
  EXPECT_TRUE(Judged().empty());
  Ran(0, "500", SubjectKind::kOff, {});
  EXPECT_TRUE(Judged().empty());
  EXPECT_TRUE(AreKept(Judged()));
}

TEST_F(E2ePromises, HoldCpuAgainstTheFloorAndTheNaiveClientOfTheSameRepeat) {
  Ran(0, "100", SubjectKind::kFloor, {.client_cpu = 0.4});
  Ran(0, "100", SubjectKind::kKeymeter, {.client_cpu = 0.2});
  Ran(0, "100", SubjectKind::kNaive, {.client_cpu = 8});
  EXPECT_DOUBLE_EQ(Of("keymeter / floor").measured, 0.5);
  EXPECT_TRUE(Of("keymeter / floor").IsKept());
  EXPECT_DOUBLE_EQ(Of("naive / keymeter").measured, 40);
  EXPECT_FALSE(Of("naive / keymeter").IsKept());
  EXPECT_FALSE(AreKept(Judged()));
}

TEST_F(E2ePromises, AreHeldAgainstTheMedianAndShowTheSpread) {
  const double cpu[] = {0.5, 0.9, 1.5};
  for (int repeat = 0; repeat < 3; ++repeat) {
    Ran(repeat, "100", SubjectKind::kFloor, {.client_cpu = 1});
    Ran(repeat, "100", SubjectKind::kKeymeter, {.client_cpu = cpu[repeat]});
  }
  const Promise promise = Of("keymeter / floor");
  EXPECT_TRUE(promise.IsKept());
  EXPECT_EQ(promise.measured, 0.9);
  EXPECT_EQ(promise.over.low, 0.5);
  EXPECT_EQ(promise.over.high, 1.5);
}

TEST_F(E2ePromises, OfRedisAreMadeFor500RequestsASecond) {
  const Figures figures{.redis_share_percent = 3.5, .commands = 24'000};
  Ran(0, "100", SubjectKind::kKeymeter, figures);
  EXPECT_TRUE(Judged().empty());
  Ran(0, "500", SubjectKind::kKeymeter, figures);
  EXPECT_FALSE(Of("command time").IsKept());
  EXPECT_TRUE(Of("million events").IsKept());
}

TEST_F(E2ePromises, BoundTheDelayByFlushIntervalAndAQuarterOfASecond) {
  Ran(0, "trace", SubjectKind::kServe, {.delay_p99_ms = 1250, .http_p99_ms = 1251});
  EXPECT_TRUE(Of("write to row").IsKept());
  EXPECT_FALSE(Of("write to answer").IsKept());
}

TEST_F(E2ePromises, AreMissedByOneRepeatThatIsNotExact) {
  for (int repeat = 0; repeat < 9; ++repeat)
    Ran(repeat, "100", SubjectKind::kKeymeter, {.exact_percent = repeat == 4 ? 0.0 : 100.0});
  EXPECT_FALSE(Of("exact").IsKept());
}

}  // namespace
}  // namespace keymeter::e2e
