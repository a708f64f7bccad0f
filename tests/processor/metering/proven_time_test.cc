#include "processor/metering/proven_time.h"

#include <gtest/gtest.h>

#include "schema/civil_time.h"

namespace keymeter::processor {

namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kHour = kHourSeconds * 1000;
constexpr std::int64_t kDay = kDaySeconds * 1000;
constexpr std::int64_t kBegin = 1'795'000'000'000;

/// A wall clock that jumps beside a monotonic one.
class ProvenTimeTest : public ::testing::Test {
 protected:
  void Begin(std::int64_t proven_ms) { time_.Begin(wall_ms_, monotonic_ms_, {proven_ms, 0, 0}); }
  /// The program ends, and begins again so much later.
  void Restart(std::int64_t away_ms) {
    const TimeProof before = time_.Proof();
    wall_ms_ += away_ms;
    monotonic_ms_ = 77;  // the machine has booted
    time_ = {};
    time_.Begin(wall_ms_, monotonic_ms_, before);
  }
  void Pass(std::int64_t ms) {
    for (; ms > 0; ms -= kSecond) {
      wall_ms_ += kSecond;
      monotonic_ms_ += kSecond;
      time_.Follow(wall_ms_, monotonic_ms_);
    }
  }
  void Jump(std::int64_t ms) {
    wall_ms_ += ms;
    Pass(kSecond);
  }
  /// How far they are behind the wall clock.
  [[nodiscard]] std::int64_t Unproven() const { return wall_ms_ - time_.ProvenMs(wall_ms_, monotonic_ms_); }
  [[nodiscard]] std::int64_t Unsteady() const { return wall_ms_ - time_.SteadyMs(wall_ms_, monotonic_ms_); }

  std::int64_t wall_ms_ = kBegin;
  std::int64_t monotonic_ms_ = 77;
  ProvenTime time_;
};

TEST_F(ProvenTimeTest, IsTheWallClockWhileThatIsSteady) {
  Begin(0);
  Pass(2 * kHour);
  EXPECT_EQ(Unproven(), 0);
  EXPECT_EQ(Unsteady(), 0);
}

TEST_F(ProvenTimeTest, AJumpAheadIsNotBelievedUntilItHasStoodForHours) {
  Begin(0);
  Jump(10 * kDay);
  Pass(ProvenTime::kProofMs - 2 * kSecond);
  EXPECT_EQ(Unproven(), 10 * kDay);
  EXPECT_EQ(Unsteady(), 10 * kDay);
  Pass(2 * kSecond);
  EXPECT_EQ(Unproven(), 0);
  EXPECT_EQ(Unsteady(), 0);
}

TEST_F(ProvenTimeTest, AheadAndBackIsAsIfNothingHadBeen) {
  Begin(0);
  Jump(10 * kDay);
  Pass(kHour);
  Jump(-10 * kDay);
  EXPECT_EQ(Unproven(), 0);
  EXPECT_EQ(Unsteady(), 0);
}

TEST_F(ProvenTimeTest, AJumpBackIsFollowedAtOnce) {
  Begin(0);
  Jump(-10 * kDay);
  EXPECT_EQ(Unproven(), 0);
}

TEST_F(ProvenTimeTest, AFurtherJumpNeitherDelaysTheProofNorSharesIt) {
  Begin(0);
  Jump(10 * kDay);
  Pass(5 * kHour);
  Jump(kDay);
  EXPECT_EQ(Unproven(), 11 * kDay);
  Pass(kHour);
  EXPECT_EQ(Unproven(), kDay);
  EXPECT_EQ(Unsteady(), kDay);
  Pass(ProvenTime::kProofMs);
  EXPECT_EQ(Unproven(), 0);
}

TEST_F(ProvenTimeTest, FollowSaysByHowMuchTheClockWasSet) {
  Begin(0);
  EXPECT_EQ(time_.Follow(wall_ms_ + kSecond, monotonic_ms_ + kSecond), 0);
  EXPECT_EQ(time_.Follow(wall_ms_ + ProvenTime::kStepMs + 2 * kSecond, monotonic_ms_ + 2 * kSecond), 0);
  EXPECT_EQ(time_.Follow(wall_ms_ + kDay, monotonic_ms_ + 2 * kSecond),
            kDay - ProvenTime::kStepMs - 2 * kSecond);
  EXPECT_EQ(time_.Follow(wall_ms_, monotonic_ms_ + 3 * kSecond), -kDay - kSecond);
}

TEST_F(ProvenTimeTest, SmallDifferencesOfTheClocksHoldNothingUp) {
  Begin(0);
  for (int i = 0; i < 60'000; ++i) {
    ++wall_ms_;
    Pass(kSecond);
  }
  EXPECT_LE(Unproven(), 60 * kSecond);
  Jump(10 * kDay);
  Pass(2 * ProvenTime::kProofMs);
  EXPECT_EQ(Unproven(), 0);
}

TEST_F(ProvenTimeTest, ShortRunsProveAsLongOnesDo) {
  Begin(kBegin - 10 * kDay);
  for (int run = 0; run < 10; ++run) {
    Pass(5 * kHour);
    Restart(19 * kHour);
  }
  EXPECT_LE(Unproven(), 57 * kHour) << "what the last two runs, and this one, began with";
  EXPECT_EQ(Unsteady(), 0);
}

TEST_F(ProvenTimeTest, ALaptopThatSleepsOftenProvesTimeToo) {
  Begin(0);
  for (int i = 0; i < 100; ++i) {
    Pass(5 * kHour);
    Jump(19 * kHour);
  }
  EXPECT_LE(Unproven(), 57 * kHour);
  EXPECT_LE(Unsteady(), 57 * kHour);
}

TEST_F(ProvenTimeTest, AJumpOfDaysWhileNobodyWatchedStandsSixHoursByItself) {
  Begin(kBegin - 10 * kHour);
  Pass(5 * kHour);  // nearly enough, but for another moment
  Restart(10 * kDay);
  Pass(5 * kHour);
  EXPECT_GE(Unproven(), 10 * kDay);
  Restart(0);
  Pass(kHour);
  EXPECT_GE(Unproven(), 10 * kDay) << "an hour of it stood for the moment before";
  Pass(kHour);
  EXPECT_EQ(Unproven(), 0);
}

TEST_F(ProvenTimeTest, AJumpThatIsTakenBackWhileNobodyWatchedIsAsIfNothingHadBeen) {
  Begin(0);
  Jump(10 * kDay);
  Pass(5 * kHour);
  Restart(-10 * kDay);
  Pass(kHour);
  EXPECT_EQ(Unproven(), 0);
  Jump(10 * kDay);
  Pass(5 * kHour);
  EXPECT_EQ(Unproven(), 10 * kDay);
}

TEST_F(ProvenTimeTest, AStartProvesNothingThatMayBeForgottenFor) {
  Begin(kBegin - 10 * kDay);
  EXPECT_EQ(Unproven(), 10 * kDay);
  EXPECT_EQ(Unsteady(), 0) << "an absence: what it closed is read at once";
  Pass(ProvenTime::kProofMs);
  EXPECT_EQ(Unproven(), 0);
}

TEST_F(ProvenTimeTest, ARunBeforeThatWasAheadIsNotBelieved) {
  Begin(kBegin + 10 * kDay);
  EXPECT_EQ(Unproven(), 0);
}

}  // namespace

}  // namespace keymeter::processor
