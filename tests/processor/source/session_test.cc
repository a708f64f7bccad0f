#include "processor/source/session.h"

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

/// A whole session, whose seconds pass as fast as the test calls.
class SessionTest : public RelaySession {
 protected:
  ~SessionTest() override {
    if (link_) link_->Stop();  // before what its callbacks use
  }

  void Begin(std::optional<std::int64_t> offset_s, std::function<void()> before) {
    on_backlog_read_ = [this] { session_->OnBacklogRead(); };
    Connect("claude-relay-service", offset_s, false, [this, call = std::move(before)] {
      call();
      session_.emplace(Context(1000), SourceInfo{}, [] {});
      session_->Begin();
    });
  }
  [[nodiscard]] bool PassUntil(const std::function<bool()>& condition) {
    return RunUntil([&] {
      if (!session_) return false;
      clock_.AdvanceMs(1000);
      session_->OnSecond(clock_.WallMs());
      return condition();
    });
  }
  void Pass(int seconds) {
    EXPECT_TRUE(PassUntil([&] { return seconds-- <= 0; }));
  }

  std::optional<Session> session_;
};

TEST_F(SessionTest, CompletesItsBaselineOnceASearchComesToItsEnd) {
  for (int i = 0; i < 5000; ++i) relay_.Must({"SET", "other:" + std::to_string(i), "1"});
  relay_.Must({"HSET", kCounter, "requests", "5"});  // which no index set lists
  // By so few keys a search has no second step.
  Begin(kOffset, [this] { readers_->scans.SetKeyCount([] { return std::int64_t{-1'000'000}; }); });
  ASSERT_TRUE(RunUntil([this] { return session_ && session_->IsBaselineRead(); }));
  EXPECT_NE(session_->problem().find("could be listed"), std::string::npos);
  Pass(20);
  EXPECT_NE(session_->problem(), "") << "no sweep has come to its end either";
  EXPECT_EQ(data_set_, "");

  readers_->scans.SetKeyCount([] { return std::int64_t{5001}; });
  EXPECT_TRUE(PassUntil([this] { return session_->problem().empty(); }));
  EXPECT_NE(data_set_, "") << "all that it keeps has been read";
  const auto index = meter_.Expect(EntityKind::kApiKey, "k1", "gpt-5", Hour(12));
  EXPECT_EQ(meter_.counters()[*index].reading[Metric::kRequests], 5);
}

TEST_F(SessionTest, SaysOnceThatTheOffsetIsUnknownThoughItIsLookedForAgain) {
  Use(5);  // which does not expire: nobody knows when it was written
  ::testing::internal::CaptureStderr();
  Begin(std::nullopt, [] {});
  Pass(60);
  const std::string log = ::testing::internal::GetCapturedStderr();
  const std::size_t said = log.find("UTC offset unknown");
  ASSERT_NE(said, std::string::npos);
  EXPECT_EQ(log.find("UTC offset unknown", said + 1), std::string::npos);
  EXPECT_NE(session_->problem().find("--utc-offset"), std::string::npos);
}

TEST_F(SessionTest, FindsEntitiesThatNoSetListsThoughTheOffsetIsUnknown) {
  Use(5);
  Begin(std::nullopt, [] {});
  Pass(20);
  ASSERT_FALSE(offset_->known());
  relay_.Must({"HSET", "apikey:k7", "name", "new"});
  bool is_found = false;
  EXPECT_TRUE(PassUntil([&] {
    WriteBatch batch;
    readers_->entities.Drain(batch);
    for (const EntityRow& row : batch.entities) is_found |= row.id == "k7" && !row.is_gone;
    return is_found;
  }));
}

}  // namespace

}  // namespace keymeter::processor
