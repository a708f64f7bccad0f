#include "processor/redis/subscriber.h"

#include <optional>

#include "tests/processor/redis/redis_fixture.h"
#include "tests/processor/redis/scripted_server.h"

namespace keymeter::processor {

namespace {

using Texts = std::vector<std::string>;

class SubscriberTest : public RedisFixture {
 protected:
  void Subscribe() {
    relay_.Command({"CONFIG", "SET", "notify-keyspace-events", "Eghxe"});
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

/// What a server says that no Redis says.
class SubscriberOutOfStep : public LoopFixture {
 protected:
  /// To a new server; as far as it has sent what it has to send.
  void Connect() {
    subscriber_.Drop();
    server_.emplace();
    is_subscribed_ = is_reached_ = false;
    events_ = 0;
    closed_.reset();
    subscriber_.Connect(LoopbackAddress(server_->port()));
    constexpr std::size_t kAll = static_cast<std::size_t>(KeyEvent::kHexpired) + 1;
    ASSERT_TRUE(RunUntil([this] { return Channels().size() == kAll; }));
  }
  void Subscribe() {
    Connect();
    server_->Say(":7\r\n" + Confirmations());
    ASSERT_TRUE(RunUntil([this] { return is_subscribed_; }));
    subscriber_.Fence([this] { is_reached_ = true; });
    ASSERT_TRUE(RunUntil([this] { return server_->Nonces().size() == 1; }));
  }
  /// Those that it subscribes to, as it has named them.
  Texts Channels() {
    Texts channels;
    const std::string& heard = server_->Heard();
    constexpr std::string_view kBegin = "__keyevent@0__:";
    for (std::size_t at = heard.find(kBegin); at != std::string::npos; at = heard.find(kBegin, at + 1))
      if (const std::size_t end = heard.find("\r\n", at); end != std::string::npos)
        channels.push_back(heard.substr(at, end - at));
    return channels;
  }
  static std::string Three(const std::string& kind, const std::string& channel, const std::string& rest) {
    return "*3\r\n" + testing::BulkText(kind) + testing::BulkText(channel) + rest;
  }
  std::string Confirmations() {
    std::string all;
    int count = 0;
    for (const std::string& channel : Channels())
      all += Three("subscribe", channel, ":" + std::to_string(++count) + "\r\n");
    return all;
  }
  std::string Message(std::size_t channel, const std::string& key) {
    return Three("message", Channels().at(channel), testing::BulkText(key));
  }
  std::string Pong() {
    return "*2\r\n" + testing::BulkText("pong") + testing::BulkText(server_->Nonces().at(0));
  }
  bool Ends() {
    return RunUntil([this] { return closed_.has_value(); }) && closed_->code == ErrorCode::kCorrupt;
  }

  std::optional<testing::ScriptedServer> server_;
  RedisTarget target_;
  bool is_subscribed_ = false;
  bool is_reached_ = false;
  int events_ = 0;
  std::optional<Error> closed_;
  Subscriber subscriber_{
      loop_,
      clock_,
      target_,
      {[this] { is_subscribed_ = true; }, [this](KeyEvent, std::string_view) { ++events_; },
       [this](const Error& why) { closed_ = why; }}};
};

TEST_F(SubscriberOutOfStep, AFenceIsReachedByItsNonceBehindItsMessages) {
  Subscribe();
  server_->Say(Message(0, "h") + Message(1, "h") + Pong());
  EXPECT_TRUE(RunUntil([this] { return is_reached_; }));
  EXPECT_EQ(events_, 2);
  EXPECT_FALSE(closed_);
}

TEST_F(SubscriberOutOfStep, WhatNobodyAwaitsEndsTheSession) {
  const std::string other_pong =
      "*2\r\n" + testing::BulkText("pong") + testing::BulkText(std::string(32, '0'));
  for (const std::string& stray :
       Texts{other_pong, "*2\r\n" + testing::BulkText("pong") + testing::BulkText(""), "+PONG\r\n", "+OK\r\n",
             ":7\r\n", "$-1\r\n", Three("subscribe", "__keyevent@0__:hset", ":1\r\n"),
             Three("message", "__keyevent@1__:hset", testing::BulkText("h")),
             "*9\r\n" + testing::BulkText("555") + testing::BulkText("555")}) {
    Subscribe();
    server_->Say(stray + Pong());
    EXPECT_TRUE(Ends()) << stray;
    EXPECT_FALSE(is_reached_) << stray;
  }
}

TEST_F(SubscriberOutOfStep, APongThatComesTwiceEndsTheSession) {
  Subscribe();
  server_->Say(Pong() + Pong());
  EXPECT_TRUE(Ends());
  EXPECT_TRUE(is_reached_);
}

TEST_F(SubscriberOutOfStep, ConfirmationsComeInTheirOrderBeforeMessages) {
  for (const int wrong : {0, 1, 2, 3, 4}) {
    Connect();
    const Texts channels = Channels();
    const std::string first = Three("subscribe", channels[0], ":1\r\n");
    const std::string second = Three("subscribe", channels[1], ":2\r\n");
    const std::string id = ":7\r\n";
    const Texts said = {first, id + second, fmt::format("{}{}{}", id, first, first),
                        fmt::format("{}{}{}", id, first, Message(1, "h")), id + id};
    server_->Say(said[static_cast<std::size_t>(wrong)]);
    EXPECT_TRUE(Ends()) << wrong;
    EXPECT_EQ(events_, 0) << wrong;
    EXPECT_FALSE(is_subscribed_) << wrong;
  }
}

TEST_F(SubscriberOutOfStep, AChannelThatIsRefusedIsDoneWithoutUnlessItIsNeeded) {
  const std::string refusal = "-NOPERM No permissions to access a channel\r\n";
  for (const KeyEvent event : {KeyEvent::kHexpired, KeyEvent::kEvicted, KeyEvent::kDel}) {
    Connect();
    const std::string confirmation = Three("subscribe", Channels()[static_cast<std::size_t>(event)],
                                           ":" + std::to_string(static_cast<int>(event) + 1) + "\r\n");
    std::string said = Confirmations();
    said.replace(said.find(confirmation), confirmation.size(), refusal);
    server_->Say(":7\r\n" + said);
    const bool is_needed = event == KeyEvent::kDel;
    EXPECT_TRUE(RunUntil([&] { return is_needed ? closed_.has_value() : is_subscribed_; }));
    EXPECT_EQ(subscriber_.refused(), is_needed ? std::vector<KeyEvent>{} : std::vector{event});
  }
}

}  // namespace

}  // namespace keymeter::processor
