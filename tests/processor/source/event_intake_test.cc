#include "processor/source/event_intake.h"

#include <gtest/gtest.h>

#include "schema/profile_loader.h"
#include "tests/processor/metering/values.h"

namespace keymeter::processor {

namespace {

constexpr const char* kCounter = "usage:k1:model:hourly:gpt-5:2026-11-20:20";  ///< 12:00 UTC at UTC+8
constexpr const char* kPlainCounter = "usage:hourly:k1:2026-11-20:20";  ///< the same usage, without the model
constexpr std::int64_t kRelayOffset = 8 * kHourSeconds;

/// What the intake tells, as lines; its meter, plan and detector are real.
class EventIntakeTest : public ::testing::Test {
 protected:
  static MeteringPlan Plan(const std::string& profile) {
    return MeteringPlan::Make(LoadProfiles(profile).value(), {}, 0, 0).value();
  }

  void Begin(std::optional<std::int64_t> offset_s, const std::string& profile = "claude-relay-service") {
    plan_.emplace(Plan(profile));
    offset_.emplace(offset_s);
    meter_.BeginSession(clock_.WallMs());
    meter_.CompleteBaseline();
    intake_.emplace(
        clock_, *plan_, *offset_, meter_, counts_,
        EventIntake::Handler{.on_profile_known =
                                 [this] {
                                   told_.emplace_back("profile");
                                   intake_->FollowPlan();
                                 },
                             .on_offset_known =
                                 [this] {
                                   told_.emplace_back("offset");
                                   intake_->Replay();
                                 },
                             .on_overflow = [this] { ++overflows_; },
                             .on_entity = [this](std::size_t, std::string_view id) { Tell("entity", id); },
                             .on_group = [this](std::string_view id) { Tell("group", id); },
                             .on_past_written = [this] { told_.emplace_back("past"); },
                             .on_new_series = [this](EntityKind, std::string_view id) { Tell("new", id); }});
  }
  /// A relay that keeps coarser counters so far.
  void BeginWithTotals() {
    Begin(kRelayOffset, "auto");
    intake_->Take(KeyEvent::kHincrby, kPlainCounter);
    ASSERT_TRUE(plan_->Settle(clock_.WallMs() + 10'000));
    intake_->FollowPlan();
  }
  void Tell(std::string_view what, std::string_view id) { told_.push_back(fmt::format("{} {}", what, id)); }
  [[nodiscard]] std::size_t Dirty() { return meter_.counters().dirty_count(); }

  ManualClock clock_{At("12:30:00")};
  Meter meter_;
  SourceCounts counts_;
  std::optional<MeteringPlan> plan_;
  std::optional<OffsetDetector> offset_;
  std::optional<EventIntake> intake_;
  std::vector<std::string> told_;
  int overflows_ = 0;
};

using Told = std::vector<std::string>;

TEST_F(EventIntakeTest, TellsThatADayThatIsOverWasWrittenToButNotThatOneWasCountedUp) {
  Begin(kRelayOffset);
  intake_->Take(KeyEvent::kHincrby, "usage:k1:model:daily:gpt-5:2026-11-19");
  intake_->Take(KeyEvent::kHset, "usage:k1:model:daily:gpt-5:2026-11-20");
  EXPECT_TRUE(told_.empty());
  intake_->Take(KeyEvent::kHset, "usage:k1:model:daily:gpt-5:2026-11-19");
  EXPECT_EQ(told_, Told{"past"});
}

TEST_F(EventIntakeTest, MarksACounterThatGrewAndTellsOfItsFirstTime) {
  Begin(kRelayOffset);
  EXPECT_TRUE(intake_->Take(KeyEvent::kHincrby, kCounter));
  EXPECT_TRUE(intake_->Take(KeyEvent::kHincrby, kCounter));
  EXPECT_EQ(told_, Told{"new k1"});
  EXPECT_EQ(Dirty(), 1U);
  EXPECT_EQ(counts_.events, 2);
  EXPECT_EQ(counts_.metered_events, 2);
  EXPECT_TRUE(intake_->has_seen_growth());
  EXPECT_EQ(intake_->last_event_ms(), At("12:30:00"));
}

TEST_F(EventIntakeTest, PassesOverWhatIsNoneOfOurs) {
  Begin(kRelayOffset);
  EXPECT_FALSE(intake_->Take(KeyEvent::kHincrby, "session:abc"));
  EXPECT_FALSE(intake_->Take(KeyEvent::kHincrby, "usage:k1:model:hourly:gpt-5:2026-99-99:20")) << "no time";
  EXPECT_EQ(counts_.events, 2);
  EXPECT_EQ(counts_.metered_events, 0);
  EXPECT_FALSE(intake_->has_seen_growth());
}

TEST_F(EventIntakeTest, CountsTheEventsOfCountersThatItRefuses) {
  Begin(kRelayOffset);
  for (const char* key :
       {"usage:k1:model:hourly:\x01(none):2026-11-20:20", "usage:k1:model:hourly:gpt-5:2099-11-20:20"}) {
    EXPECT_FALSE(intake_->Take(KeyEvent::kHincrby, key));
    EXPECT_FALSE(intake_->Take(KeyEvent::kDel, key));
  }
  EXPECT_FALSE(intake_->Take(KeyEvent::kHset, "apikey:\x01(none)"));
  EXPECT_EQ(counts_.refused_keys, 2) << "what ends was never metered";
  EXPECT_EQ(Dirty(), 0U);
}

TEST_F(EventIntakeTest, HandsEntitiesAndGroupsOn) {
  Begin(kRelayOffset);
  EXPECT_FALSE(intake_->Take(KeyEvent::kHset, "apikey:k1"));
  EXPECT_FALSE(intake_->Take(KeyEvent::kDel, "account_group:g1"));
  EXPECT_EQ(told_, (Told{"entity k1", "group g1"}));
}

TEST_F(EventIntakeTest, MarksACounterThatWasDeletedButNotOneThatExpiredOfAge) {
  Begin(kRelayOffset);
  intake_->Take(KeyEvent::kHincrby, kCounter);
  EXPECT_TRUE(intake_->Take(KeyEvent::kDel, kCounter));
  EXPECT_FALSE(intake_->Take(KeyEvent::kExpired, "usage:k1:model:hourly:gpt-5:2026-11-01:20"));
}

/// Its rows may hold what is put back already, and its last reading is gone.
TEST_F(EventIntakeTest, LeavesAnHourThatWasForgottenToTheAudit) {
  constexpr const char* kOld = "usage:k1:model:hourly:gpt-5:2026-11-10:20";
  Begin(kRelayOffset);
  meter_.ForgetBefore(Hour(-8 * 24));
  EXPECT_FALSE(intake_->Take(KeyEvent::kDel, kOld));
  EXPECT_TRUE(told_.empty());
  for (const KeyEvent event : {KeyEvent::kRestore, KeyEvent::kHset, KeyEvent::kHincrby}) {
    EXPECT_FALSE(intake_->Take(event, kOld));
    EXPECT_EQ(std::exchange(told_, {}), Told{"past"});
  }
  EXPECT_TRUE(intake_->Take(KeyEvent::kRestore, kCounter));
  clock_.AdvanceMs(-10 * kDaySeconds * 1000);
  EXPECT_TRUE(intake_->Take(KeyEvent::kHincrby, kOld)) << "the clocks were set back: it is the present hour";
}

TEST_F(EventIntakeTest, GoesOnWithACounterOfAnOldHourThatIsKnown) {
  Begin(kRelayOffset);
  meter_.ForgetBefore(Hour(-8 * 24));
  const auto index = meter_.Expect(EntityKind::kApiKey, "k1", "gpt-5", Hour(12 - 10 * 24));
  ASSERT_TRUE(index);
  EXPECT_TRUE(intake_->Take(KeyEvent::kHincrby, "usage:k1:model:hourly:gpt-5:2026-11-10:20"));
}

/// What each event of a known counter means for its next reading, by Redis' src/notify.c and its callers.
TEST_F(EventIntakeTest, KnowsEveryWayInWhichAHashEndsOrIsReplaced) {
  Begin(kRelayOffset);
  const std::pair<KeyEvent, End> meanings[] = {
      {KeyEvent::kHset, End::kNone},         {KeyEvent::kHincrby, End::kNone},
      {KeyEvent::kHincrbyfloat, End::kNone}, {KeyEvent::kDel, End::kWhole},
      {KeyEvent::kExpired, End::kWhole},     {KeyEvent::kEvicted, End::kWhole},
      {KeyEvent::kRenameFrom, End::kWhole},  {KeyEvent::kMoveFrom, End::kWhole},
      {KeyEvent::kRenameTo, End::kReplaced}, {KeyEvent::kMoveTo, End::kReplaced},
      {KeyEvent::kRestore, End::kReplaced},  {KeyEvent::kCopyTo, End::kReplaced},
      {KeyEvent::kHdel, End::kFields},       {KeyEvent::kHexpired, End::kFields}};
  intake_->Take(KeyEvent::kHincrby, kCounter);
  for (const auto& [event, end] : meanings) {
    const CounterIndex index = meter_.TakeDirty(1).front();
    CounterRead read = meter_.BeginRead(index, clock_.WallMs());
    read.is_usable = true;
    meter_.FinishRead(read);
    EXPECT_TRUE(intake_->Take(event, kCounter)) << KeyEventName(event);
    EXPECT_EQ(meter_.counters()[index].end, end) << KeyEventName(event);
  }
}

TEST_F(EventIntakeTest, MetersWhatIsRestoredUnderANewNameWithoutTakingItForGrowth) {
  Begin(kRelayOffset);
  EXPECT_TRUE(intake_->Take(KeyEvent::kRestore, kCounter));
  EXPECT_EQ(told_, Told{"new k1"});
  EXPECT_EQ(Dirty(), 1U);
  EXPECT_FALSE(intake_->has_seen_growth());
}

TEST_F(EventIntakeTest, HoldsEventsUntilTheOffsetIsKnownAndMetersThemAtTheirTimes) {
  Begin(std::nullopt);
  EXPECT_FALSE(intake_->Take(KeyEvent::kHset, kCounter));
  EXPECT_TRUE(intake_->IsHolding());
  EXPECT_EQ(Dirty(), 0U);
  clock_.AdvanceMs(1500);
  offset_->Settle(clock_.WallMs());
  ASSERT_EQ(offset_->known(), kRelayOffset);
  intake_->Replay();
  EXPECT_FALSE(intake_->IsHolding());
  EXPECT_EQ(Dirty(), 1U);
  EXPECT_EQ(meter_.newest_hour(), Hour(12));
  const CounterIndex index = meter_.TakeDirty(1).front();
  EXPECT_EQ(meter_.BeginRead(index, clock_.WallMs()).first_event_ms, At("12:30:00"));
}

TEST_F(EventIntakeTest, LosesNoEventWithoutSayingSo) {
  Begin(std::nullopt);
  for (std::size_t i = 0; i < EventIntake::kMostHeldEvents; ++i) intake_->Take(KeyEvent::kHset, kCounter);
  EXPECT_EQ(overflows_, 0);
  intake_->Take(KeyEvent::kHset, kCounter);
  EXPECT_EQ(overflows_, 1);
}

TEST_F(EventIntakeTest, DecidesTheProfileByTheFirstGrowthOfItsCounters) {
  Begin(kRelayOffset, "auto");
  ASSERT_FALSE(plan_->IsDecided());
  EXPECT_FALSE(intake_->Take(KeyEvent::kDel, kCounter)) << "a deletion tells nothing";
  EXPECT_TRUE(told_.empty());
  EXPECT_TRUE(intake_->Take(KeyEvent::kHincrby, kCounter));
  EXPECT_EQ(told_, (Told{"profile", "new k1"}));
}

/// A search has found an hour that the relay's clock left behind days ago; but it counts now.
TEST_F(EventIntakeTest, LetsFinerCountersTakeOverInTheNextHour) {
  BeginWithTotals();
  ASSERT_TRUE(meter_.Expect(EntityKind::kApiKey, "k1", "", Hour(12 + 6 * 24)));
  intake_->Take(KeyEvent::kHincrby, kCounter);
  EXPECT_EQ(plan_->uses().back().from_hour, Hour(13));
}

TEST_F(EventIntakeTest, LetsFinerCountersTakeOverBehindTheHourThatTheyName) {
  BeginWithTotals();
  intake_->Take(KeyEvent::kHincrby, "usage:k1:model:hourly:gpt-5:2026-11-21:20");
  EXPECT_EQ(plan_->uses().back().from_hour, Hour(13 + 24)) << "the relay's clock is there";
}

TEST_F(EventIntakeTest, DoesNotMeterTheSameUsageByACoarserCounterToo) {
  Begin(kRelayOffset, "auto");
  intake_->Take(KeyEvent::kHincrby, kCounter);
  EXPECT_FALSE(intake_->Take(KeyEvent::kHincrby, kPlainCounter));
  EXPECT_EQ(counts_.metered_events, 1);
}

}  // namespace

}  // namespace keymeter::processor
