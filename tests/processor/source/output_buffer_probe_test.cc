#include "processor/source/output_buffer_probe.h"

#include "tests/processor/source/relay_session.h"

namespace keymeter::processor {

namespace {

const Error kCut =
    Error{ErrorCode::kUnavailable, "connection: closed by the server"}.Because(ErrorReason::kConnectionLost);

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kBeginUs = 100 * kSecondUs;

class OutputBufferProbeTest : public RelaySession {
 protected:
  ~OutputBufferProbeTest() override {
    if (link_) link_->Stop();  // before what its callbacks use
  }
  /// Until it has looked.
  [[nodiscard]] bool Probes(bool subscribe = true) {
    Connect("claude-relay-service", kOffset, subscribe, [this] {
      probe_.emplace(*link_);
      probe_->Begin(kBeginUs);
      link_->commands().Command({"PING"}, [this](const Reply&) { has_looked_ = true; });
    });
    return RunUntil([this] { return has_looked_; });
  }

  std::optional<OutputBufferProbe> probe_;
  bool has_looked_ = false;
};

TEST_F(OutputBufferProbeTest, KnowsWhatWaitsAndTheLimits) {
  relay_.Must({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 262144 131072 60"});
  ASSERT_TRUE(Probes());
  EXPECT_EQ(probe_->figures().bytes, 0);
  EXPECT_EQ(probe_->figures().hard_limit, 262144);
  EXPECT_EQ(probe_->figures().soft_limit, 131072);
}

TEST_F(OutputBufferProbeTest, SuspectsNothingWhileWeRead) {
  ASSERT_TRUE(Probes());
  probe_->OnSecond(kBeginUs + kSecondUs);
  EXPECT_EQ(probe_->Suspicion(kCut, kBeginUs + 2 * kSecondUs), "");
}

TEST_F(OutputBufferProbeTest, KnowsNothingWithoutASubscription) {
  ASSERT_TRUE(Probes(false));
  EXPECT_EQ(probe_->figures().bytes, OutputBufferFigures::kUnknown);
}

TEST_F(OutputBufferProbeTest, SuspectsAStallForAsLongAsItMayMatter) {
  ASSERT_TRUE(Probes());
  EXPECT_EQ(probe_->Suspicion(kCut, kBeginUs + 3 * kSecondUs),
            ", likely for its output buffer: we had not read for 3.0 s")
      << "before the second's beat has come";
  probe_->OnSecond(kBeginUs + 4 * kSecondUs);
  EXPECT_EQ(probe_->Suspicion(kCut, kBeginUs + 4 * kSecondUs),
            ", likely for its output buffer: we had not read for 4.0 s");
  for (int second = 5; second <= 40; ++second) probe_->OnSecond(kBeginUs + second * kSecondUs);
  EXPECT_EQ(probe_->Suspicion(kCut, kBeginUs + 40 * kSecondUs), "");
}

TEST_F(OutputBufferProbeTest, SuspectsOnlyWhatTheOtherSideEnded) {
  ASSERT_TRUE(Probes());
  const Error timed_out{ErrorCode::kUnavailable, "connection: no answer", ErrorReason::kTimedOut};
  EXPECT_EQ(probe_->Suspicion(timed_out, kBeginUs + 9 * kSecondUs), "");
}

}  // namespace

}  // namespace keymeter::processor
