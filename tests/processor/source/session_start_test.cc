#include "processor/source/session_start.h"

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

using Steps = std::vector<std::string>;

/// Begins a session and records its steps.
class SessionStartTest : public RelaySession {
 protected:
  ~SessionStartTest() override {
    if (link_) link_->Stop();  // before what its callbacks use
  }

  void Begin(const std::string& profile, std::optional<std::int64_t> offset_s, std::int64_t poll_ms = 0,
             OffsetOrigin origin = OffsetOrigin::kSaid) {
    on_backlog_read_ = [this] { start_->OnBacklogRead(); };
    Connect(profile, offset_s, poll_ms == 0, [this, poll_ms, offset_s, origin] {
      offset_.emplace(offset_s, origin);
      meter_.BeginSession(clock_.WallMs(), poll_ms == 0);
      start_.emplace(Context(poll_ms),
                     SessionStart::Handler{.on_profile_known = [this] { steps_.emplace_back("profile"); },
                                           .on_offset_known = [this] { steps_.emplace_back("offset"); },
                                           .on_all_read = [this] { start_->OnBacklogRead(); },
                                           .on_baseline_read = [this] { steps_.emplace_back("baseline"); }});
      start_->Begin();
      on_begun_();
    });
  }
  [[nodiscard]] bool ReadsBaseline() {
    return RunUntil([this] { return start_ && start_->IsBaselineRead(); });
  }
  /// What the baseline read of the counter.
  [[nodiscard]] std::int64_t Requests() {
    const auto index = meter_.Expect(EntityKind::kApiKey, "k1", "gpt-5", Hour(12));
    return index ? meter_.counters()[*index].reading[Metric::kRequests] : -1;
  }

  std::function<void()> on_begun_ = [] {};
  std::optional<SessionStart> start_;
  Steps steps_;
};

TEST_F(SessionStartTest, ReadsWhatIsThereWhenProfileAndOffsetAreKnown) {
  Use(5);
  Begin("claude-relay-service", kOffset);
  ASSERT_TRUE(ReadsBaseline());
  EXPECT_EQ(steps_, (Steps{"profile", "offset", "baseline"}));
  EXPECT_EQ(Requests(), 5);
  EXPECT_NE(data_set_, "") << "all readings are of the data set that Redis holds now";
  EXPECT_TRUE(meter_.is_baseline_read());
}

TEST_F(SessionStartTest, FindsTheProfileByTheCountersThatAreThere) {
  Use(5);
  Begin("auto", kOffset);
  ASSERT_TRUE(ReadsBaseline());
  EXPECT_EQ(steps_, (Steps{"profile", "offset", "baseline"}));
  EXPECT_EQ(plan_->profile(), "claude-relay-service");
}

TEST_F(SessionStartTest, ReadsTheOffsetOffTheCountersOfAnIdleRelay) {
  Use(5);
  const std::int64_t kept_s = 7 * kDaySeconds;
  relay_.Must({"EXPIRE", kCounter, std::to_string(kept_s)});
  relay_.Must({"HINCRBY", "usage:k2:model:hourly:gpt-5:2026-11-20:20", "requests", "1"});
  relay_.Must({"EXPIRE", "usage:k2:model:hourly:gpt-5:2026-11-20:20", std::to_string(kept_s - 600)});
  relay_.Must({"SADD", kIndex, "k2:gpt-5"});
  Begin("claude-relay-service", std::nullopt);
  ASSERT_TRUE(ReadsBaseline());
  EXPECT_EQ(steps_, (Steps{"profile", "offset", "baseline"}));
  EXPECT_EQ(offset_->known(), kOffset);
}

TEST_F(SessionStartTest, OfAnEmptyRelayIsDoneBeforeAnythingIsKnown) {
  Begin("auto", std::nullopt);
  ASSERT_TRUE(ReadsBaseline());
  EXPECT_EQ(steps_, Steps{"baseline"});
  EXPECT_FALSE(plan_->IsDecided());
}

TEST_F(SessionStartTest, WaitsForTheOffsetWhereCountersHaveNoIndexSets) {
  relay_.Must({"HSET", kCounter, "requests", "5"});
  Begin("claude-relay-service", std::nullopt);
  ASSERT_TRUE(RunUntil([this] {
    const bool has_searched =
        relay_.Text({"INFO", "commandstats"}).find("cmdstat_scan:") != std::string::npos;
    return has_searched && readers_->scans.IsIdle();
  }));
  EXPECT_FALSE(start_->IsBaselineRead()) << "it is not empty";
  offset_.emplace(kOffset);
  start_->OnOffsetKnown();
  ASSERT_TRUE(ReadsBaseline());
  EXPECT_EQ(Requests(), 5);
}

TEST_F(SessionStartTest, ReadsTheBaselineAgainWhenEventsOfAnEmptyRelayWereLost) {
  Begin("claude-relay-service", std::nullopt);
  ASSERT_TRUE(ReadsBaseline());
  Use(5);
  start_->ReadAllAnew();
  EXPECT_FALSE(start_->IsBaselineRead());
  offset_.emplace(kOffset);
  start_->OnOffsetKnown();
  ASSERT_TRUE(ReadsBaseline());
  EXPECT_EQ(Requests(), 5);
}

TEST_F(SessionStartTest, SaysThatTheOffsetIsUnknownWhereThereIsHistory) {
  relay_.Must({"HINCRBY", "usage:k1:model:daily:gpt-5:2026-11-02", "requests", "5"});
  Begin("claude-relay-service", std::nullopt);
  EXPECT_TRUE(RunUntil([&] { return start_ && !start_->problem().empty(); }));
  EXPECT_NE(start_->problem().find("--utc-offset"), std::string::npos);
  EXPECT_TRUE(start_->IsBaselineRead()) << "there is no hour to read";
}

TEST_F(SessionStartTest, LooksAgainBeforeItReadsByAnInferredOffset) {
  for (const auto& [id, written_s] : {std::pair{"k1", 0}, std::pair{"k2", 600}}) {
    const std::string key = fmt::format("usage:{}:model:hourly:gpt-5:2026-11-20:20", id);
    relay_.Must({"HINCRBY", key, "requests", "5"});
    relay_.Must({"EXPIRE", key, std::to_string(7 * kDaySeconds - written_s)});
  }
  Begin("claude-relay-service", 5 * kHourSeconds, 0, OffsetOrigin::kInferred);
  EXPECT_TRUE(RunUntil([&] { return offset_->contradiction().has_value(); }));
  EXPECT_EQ(offset_->contradiction(), kOffset);
  EXPECT_FALSE(start_->IsBaselineRead());
}

TEST_F(SessionStartTest, GoesOnWhenLiveTrafficConfirmsTheInferredOffsetAfterAll) {
  Use(5);
  for (const auto& [id, written_s] : {std::pair{"k3", 0}, std::pair{"k4", 600}}) {
    const std::string key = fmt::format("usage:{}:model:hourly:gpt-5:2026-11-20:17", id);
    relay_.Must({"HINCRBY", key, "requests", "5"});
    relay_.Must({"EXPIRE", key, std::to_string(7 * kDaySeconds - written_s)});
  }
  Begin("claude-relay-service", kOffset, 0, OffsetOrigin::kInferred);
  ASSERT_TRUE(RunUntil([&] { return offset_->contradiction().has_value(); }));
  start_->OnSecond();
  EXPECT_TRUE(steps_ == Steps{"profile"});
  for (int event = 0; event < 5; ++event) offset_->OnLiveHour(Hour(20) / kHourSeconds, clock_.WallMs());
  EXPECT_FALSE(offset_->contradiction());
  start_->OnSecond();
  ASSERT_TRUE(ReadsBaseline());
  EXPECT_EQ(Requests(), 5);
}

TEST_F(SessionStartTest, ReadsByAnInferredOffsetWhatGrowsWhileThatIsLookedAtAgain) {
  relay_.Must({"HSET", kCounter, "requests", "12"});  // no index set lists it, so that the look takes a while
  SeriesRegistry registry;
  CounterTable counters;
  const SeriesId series = registry.Intern(EntityKind::kApiKey, "k1", "gpt-5");
  counters.Restore({Hour(12), series, At("12:29:00"), Usage(10)});
  meter_.Restore(std::move(registry), std::move(counters), At("12:29:00"));
  on_begun_ = [&] {
    meter_.OnGrowth(EntityKind::kApiKey, "k1", "gpt-5", Hour(12), clock_.WallMs());
    readers_->counters.ReadNow();
  };
  Begin("claude-relay-service", kOffset, 0, OffsetOrigin::kInferred);
  ASSERT_TRUE(RunUntil([this] { return readers_ && readers_->counters.readings() > 0; }));
  EXPECT_EQ(Requests(), 12);
  ASSERT_TRUE(ReadsBaseline());
  WriteBatch batch;
  meter_.Drain(batch);
  EXPECT_TRUE(batch.adjustments.empty());
}

TEST_F(SessionStartTest, SaysThatItNeedsTheOffsetWhereNothingWillShowIt) {
  Use(5);  // which does not expire: nobody knows when it was written
  Begin("claude-relay-service", std::nullopt, 1000);
  EXPECT_TRUE(RunUntil([this] { return start_ && !start_->problem().empty(); }));
  EXPECT_NE(start_->problem().find("--utc-offset"), std::string::npos);
  offset_.emplace(kOffset);
  start_->OnOffsetKnown();
  EXPECT_EQ(start_->problem(), "");
}

}  // namespace

}  // namespace keymeter::processor
