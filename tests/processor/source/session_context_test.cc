#include "processor/source/session_context.h"

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

/// Which hours a sweep looks at besides those of our clock, which shows 12:30.
class SessionContextTest : public RelaySession {
 protected:
  SessionContextTest() {
    Connect("claude-relay-service", kOffset, false, [] {});
  }
  ~SessionContextTest() override { link_->Stop(); }

  void Event(int hour) { meter_.OnGrowth(EntityKind::kApiKey, "k1", "gpt-5", Hour(hour), clock_.WallMs()); }
  void Find(int hour) { (void)meter_.Expect(EntityKind::kApiKey, "k1", "gpt-5", Hour(hour)); }
  /// "12 to 13"; "" for none.
  [[nodiscard]] std::string Hours() {
    const auto hours = Context().HoursOfOtherClock();
    if (!hours) return "";
    const auto of_day = [](std::int64_t hour) { return (hour - Hour(0)) / kHourSeconds; };
    return fmt::format("{} to {}", of_day(hours->first), of_day(hours->last));
  }
};

TEST_F(SessionContextTest, HasNoHoursOfAnotherClockWhereTheRelayKeepsNone) {
  EXPECT_EQ(Hours(), "");
}

TEST_F(SessionContextTest, HasNoHoursOfAnotherClockWhileBothAgree) {
  Event(12);
  Find(13);
  EXPECT_EQ(Hours(), "");
}

TEST_F(SessionContextTest, HasTheHourThatTheRelayCountsInAhead) {
  Event(18);
  Find(20);
  EXPECT_EQ(Hours(), "18 to 19");
}

TEST_F(SessionContextTest, HasTheHoursBeforeOurClockJumpedAhead) {
  meter_.time().Begin(At("08:30:00"), clock_.MonotonicMs(), {});
  Event(8);
  EXPECT_EQ(Hours(), "8 to 9");
}

TEST_F(SessionContextTest, HasAnHourAheadThatWasOnlyFound) {
  Event(12);
  Find(18);
  EXPECT_EQ(Hours(), "18 to 19") << "the relay's clock may be there";
}

}  // namespace

}  // namespace keymeter::processor
