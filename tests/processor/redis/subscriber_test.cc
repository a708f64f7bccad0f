#include "processor/redis/subscriber.h"

#include <optional>

#include "tests/processor/redis/redis_fixture.h"

namespace keymeter::processor {

namespace {

using Texts = std::vector<std::string>;

class SubscriberTest : public RedisFixture {
 protected:
  void Subscribe() {
    relay_.Command({"CONFIG", "SET", "notify-keyspace-events", "Eghx"});
    subscriber_.Connect(Addresses().front());
    ASSERT_TRUE(RunUntil([this] { return is_subscribed_; }));
  }

  testing::RedisClient relay_ = redis_.Connect();
  bool is_subscribed_ = false;
  Texts events_;
  std::optional<Error> closed_;
  Subscriber subscriber_{loop_,
                         clock_,
                         target_,
                         {[this] { is_subscribed_ = true; },
                          [this](KeyEvent event, std::string_view key) {
                            events_.push_back(std::to_string(static_cast<int>(event)) + std::string(key));
                          },
                          [this](const Error& why) { closed_ = why; }}};
};

TEST_F(SubscriberTest, HandsOnEachKindOfEvent) {
  Subscribe();
  relay_.Command({"HSET", "h", "f", "1"});
  relay_.Command({"HINCRBY", "h", "f", "1"});
  relay_.Command({"DEL", "h"});
  EXPECT_TRUE(RunUntil([this] { return events_.size() == 3; }));
  EXPECT_EQ(events_, (Texts{"0h", "1h", "2h"}));
}

TEST_F(SubscriberTest, AFenceIsReachedBehindTheEventsThatWereAnnouncedBefore) {
  Subscribe();
  for (int i = 0; i < 500; ++i) relay_.Command({"HINCRBY", "h", "f", "1"});
  std::size_t seen = 0;
  subscriber_.Fence([&] { seen = events_.size(); });
  EXPECT_TRUE(RunUntil([&] { return seen > 0; }));
  EXPECT_EQ(seen, 500U);
  EXPECT_EQ(subscriber_.OldestWaitMs(), 0);
}

TEST_F(SubscriberTest, LearnsWhatRedisCallsIt) {
  Subscribe();
  EXPECT_GT(subscriber_.id(), 0);
}

TEST_F(SubscriberTest, SaysWhyItMayNotSubscribe) {
  relay_.Command({"ACL", "SETUSER", "default", "-subscribe"});
  subscriber_.Connect(Addresses().front());
  EXPECT_TRUE(RunUntil([this] { return closed_.has_value(); }));
  ASSERT_TRUE(closed_);
  EXPECT_EQ(closed_->reason, ErrorReason::kForbidden);
  EXPECT_NE(closed_->remedy.find("+subscribe"), std::string::npos) << closed_->remedy;
}

}  // namespace

}  // namespace keymeter::processor
