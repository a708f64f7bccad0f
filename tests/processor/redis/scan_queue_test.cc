#include "processor/redis/scan_queue.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "processor/redis/redis_url.h"
#include "schema/clock.h"
#include "tests/processor/redis/redis_fixture.h"
#include "tests/processor/redis/scripted_server.h"

namespace keymeter::processor {

namespace {

/// Steps and markers, which ask Redis nothing.
class ScanQueueTest : public ::testing::Test {
 protected:
  EventLoop loop_;
  const SystemClock clock_{};
  RedisLink link_{loop_, clock_, RedisTarget(), {}};
  LoadPacer pacer_{1.0};
  LeftOut left_out_{clock_};
  ScanQueue scans_{loop_, link_, pacer_, left_out_, {}};
  std::vector<std::string> done_;
};

TEST_F(ScanQueueTest, StepsTakeATurnOfTheLoopEachUntilTheySayThatTheyAreDone) {
  int left = 3;
  Timer other(loop_, [&] { done_.emplace_back("another"); });
  scans_.AddSteps([&] {
    done_.emplace_back("step");
    if (left == 3) other.StartIn(0);
    return --left > 0;
  });
  scans_.AddMarker([&] {
    done_.emplace_back("behind them");
    loop_.Stop();
  });
  EXPECT_TRUE(done_.empty()) << "not before the loop has had its turn";
  loop_.Run();
  ASSERT_EQ(done_.size(), 5U);
  EXPECT_NE(done_[3], "another") << "others come between the steps";
  EXPECT_EQ(done_.back(), "behind them");
  EXPECT_TRUE(scans_.IsIdle());
}

TEST_F(ScanQueueTest, StepsWaitWhileItIsFull) {
  int looks = 0;
  scans_.SetBrake([&] { return ++looks < 3; });
  scans_.AddSteps([&] {
    loop_.Stop();
    return false;
  });
  loop_.Run();
  EXPECT_EQ(looks, 3);
  EXPECT_TRUE(scans_.IsIdle());
}

TEST_F(ScanQueueTest, AnEndedSessionDropsItsSteps) {
  scans_.AddSteps([&] {
    done_.emplace_back("step");
    return true;
  });
  scans_.Clear();
  Timer stop(loop_, [&] { loop_.Stop(); });
  stop.StartIn(5);
  loop_.Run();
  EXPECT_TRUE(done_.empty());
  EXPECT_TRUE(scans_.IsIdle());
}

using Texts = std::vector<std::string>;

/// A server whose listings end when a test says so, or never.
class EndlessListing : public LoopFixture {
 protected:
  using Cursor = std::function<int(int step)>;

  static constexpr ScanQueue::Limits kLimits{.members = 500, .steps = 100, .key_steps = 200};

  void SetUp() override {
    RedisTarget target;
    target.url = ParseRedisUrl("redis://127.0.0.1:" + std::to_string(server_.port())).value();
    target.subscribe = false;
    link_ = std::make_unique<RedisLink>(loop_, clock_, target,
                                        RedisLink::Handler{.on_ready = [](const SourceInfo&) {},
                                                           .on_lost = [](const Error&) {},
                                                           .on_unreachable = [](const Error&) {},
                                                           .on_event = [](KeyEvent, std::string_view) {}});
    scans_ = std::make_unique<ScanQueue>(loop_, *link_, pacer_, left_out_, kLimits);
    link_->Start();
    ASSERT_TRUE(RunUntil([this] { return Answer() && link_->IsReady(); }));
  }
  void TearDown() override {
    scans_->Clear();
    link_->Stop();
  }
  /// Answers all that was asked by now.
  bool Answer() {
    const Texts nonces = server_.Nonces();
    for (; answered_ < nonces.size(); ++answered_)
      server_.Say((answered_ == 0 ? testing::BulkText("redis_version:7.0.15\r\n") : NextStep()) +
                  testing::BulkText(nonces[answered_]));
    return true;
  }
  std::string NextStep() {
    ++steps_;
    std::string members = "*" + std::to_string(members_a_step_) + "\r\n";
    for (int i = 0; i < members_a_step_; ++i) members += testing::BulkText(std::to_string(steps_ * 1000 + i));
    return "*2\r\n" + testing::BulkText(std::to_string(cursor_(steps_))) + members;
  }
  /// True when the listing said that it saw every member.
  bool IsWhole(const std::string& set) {
    std::optional<bool> is_whole;
    steps_ = 0;
    heard_ = 0;
    scans_->Add({.set = set,
                 .glob = set.empty() ? "usage:*" : "",
                 .on_member =
                     [this](std::string_view) {
                       ++heard_;
                       on_member_();
                     },
                 .on_done = [&](bool whole) { is_whole = whole; },
                 .is_enough = is_enough_});
    EXPECT_TRUE(RunUntil([&] { return Answer() && is_whole.has_value(); }));
    return is_whole.value_or(false);
  }

  testing::ScriptedServer server_;
  std::size_t answered_ = 0;
  int steps_ = 0;
  int heard_ = 0;
  int members_a_step_ = 1;
  Cursor cursor_;
  std::function<void()> on_member_ = [] {};
  std::function<bool()> is_enough_;
  LoadPacer pacer_{1.0};
  LeftOut left_out_{clock_};
  std::unique_ptr<RedisLink> link_;
  std::unique_ptr<ScanQueue> scans_;
};

TEST_F(EndlessListing, IsBrokenOffWhenACursorComesAgain) {
  for (const int cycle : {1, 2, 7, 20}) {
    cursor_ = [cycle](int step) { return step < 5 ? 1000 + step : 1 + step % cycle; };
    const std::string set = "set" + std::to_string(cycle);
    EXPECT_FALSE(IsWhole(set)) << cycle;
    EXPECT_LT(steps_, 70) << cycle;
    EXPECT_TRUE(left_out_.Has(LeftOut::Kind::kListing, set)) << cycle;
  }
}

TEST_F(EndlessListing, IsBrokenOffAfterSoManySteps) {
  cursor_ = [](int step) { return step; };
  EXPECT_FALSE(IsWhole("set"));
  EXPECT_EQ(steps_, kLimits.steps + 1);
  EXPECT_FALSE(IsWhole(""));
  EXPECT_EQ(steps_, kLimits.key_steps + 1);
}

TEST_F(EndlessListing, IsBrokenOffAfterSoManyMembers) {
  members_a_step_ = 100;
  cursor_ = [](int step) { return step; };
  EXPECT_FALSE(IsWhole("set"));
  EXPECT_EQ(heard_, kLimits.members + 100);
}

TEST_F(EndlessListing, SaysWhatTheKeySpaceCostWithoutSetsAndWhatWasReadMeanwhile) {
  cursor_ = [](int step) { return step < 90 ? step : 0; };
  EXPECT_EQ(scans_->key_space_cost_ms(), 0);
  EXPECT_TRUE(IsWhole("set"));
  EXPECT_EQ(scans_->key_space_cost_ms(), 0);
  const std::int64_t before_us = pacer_.listing_us();
  on_member_ = [this] { pacer_.OnAnswered(SteadyUs() - 40'000, SteadyUs(), 100, 100); };
  EXPECT_TRUE(IsWhole(""));
  EXPECT_EQ(scans_->key_space_cost_ms(), (pacer_.listing_us() - before_us) / 1000);
  EXPECT_GT(scans_->key_space_cost_ms(), 0);
}

TEST_F(EndlessListing, CostsNoLessForAWalkThatEndedEarly) {
  cursor_ = [](int step) { return step < 150 ? step : 0; };
  EXPECT_TRUE(IsWhole(""));
  const std::int64_t whole_ms = scans_->key_space_cost_ms();
  is_enough_ = [] { return true; };
  EXPECT_FALSE(IsWhole(""));
  EXPECT_EQ(scans_->key_space_cost_ms(), whole_ms);
  is_enough_ = nullptr;
  cursor_ = [](int) { return 0; };
  EXPECT_TRUE(IsWhole(""));
  EXPECT_LT(scans_->key_space_cost_ms(), whole_ms) << "it has fewer keys now";
}

TEST_F(EndlessListing, CostsWhatItTookThoughItEndedEarly) {
  cursor_ = [](int step) { return step; };
  is_enough_ = [this] { return steps_ >= 150; };
  EXPECT_FALSE(IsWhole(""));
  EXPECT_GT(scans_->key_space_cost_ms(), 0);
}

TEST_F(EndlessListing, IsForgottenWhenItEndsAgain) {
  cursor_ = [](int) { return 7; };
  EXPECT_FALSE(IsWhole("set"));
  EXPECT_NE(left_out_.Text(), "");
  cursor_ = [](int step) { return step < 90 ? step : 0; };
  EXPECT_TRUE(IsWhole("set"));
  EXPECT_EQ(heard_, 90);
  EXPECT_EQ(left_out_.Text(), "");
}

}  // namespace

}  // namespace keymeter::processor
