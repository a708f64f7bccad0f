#include "processor/redis/scan_queue.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schema/clock.h"

namespace keymeter::processor {

namespace {

/// Steps and markers, which ask Redis nothing.
class ScanQueueTest : public ::testing::Test {
 protected:
  EventLoop loop_;
  const SystemClock clock_{};
  RedisLink link_{loop_, clock_, RedisTarget(), {}};
  LoadPacer pacer_{1.0};
  ScanQueue scans_{loop_, link_, pacer_};
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

}  // namespace

}  // namespace keymeter::processor
