#include "processor/redis/command_client.h"

#include <optional>

#include "tests/processor/redis/redis_fixture.h"

namespace keymeter::processor {

namespace {

using Texts = std::vector<std::string>;

class CommandClientTest : public RedisFixture {
 protected:
  void Connect() {
    client_.Connect(Addresses());
    ASSERT_TRUE(RunUntil([this] { return is_connected_; }));
  }
  std::function<void(const Reply&)> Noted() {
    return [this](const Reply& reply) { replies_.emplace_back(TextOf(reply)); };
  }

  bool is_connected_ = false;
  Texts replies_;
  std::optional<Error> closed_;
  CommandClient client_{
      loop_,
      clock_,
      target_,
      {[this] { is_connected_ = true; }, nullptr, [this](const Error& why) { closed_ = why; }}};
};

TEST_F(CommandClientTest, HandsEachReplyToItsCommandInOrder) {
  Connect();
  client_.Command({"PING"}, Noted());
  client_.Command({"ECHO", "two"}, Noted());
  std::string pipeline;
  for (const char* text : {"a", "b"}) AppendCommand(pipeline, {"ECHO", text});
  client_.Pipeline(pipeline, 2, [this](std::size_t i, const Reply& reply) {
    replies_.push_back(std::to_string(i) + std::string(TextOf(reply)));
  });
  EXPECT_TRUE(RunUntil([this] { return replies_.size() == 4; }));
  EXPECT_EQ(replies_, (Texts{"PONG", "two", "0a", "1b"}));
  EXPECT_EQ(client_.OldestWaitMs(), 0);
}

TEST_F(CommandClientTest, ACallbackMaySendFurtherCommands) {
  Connect();
  client_.Command({"ECHO", "one"}, [this](const Reply& reply) {
    Noted()(reply);
    client_.Command({"ECHO", "three"}, Noted());
  });
  client_.Command({"ECHO", "two"}, Noted());
  EXPECT_TRUE(RunUntil([this] { return replies_.size() == 3; }));
  EXPECT_EQ(replies_, (Texts{"one", "two", "three"}));
}

TEST_F(CommandClientTest, DropsWhatWasAskedBeforeAClose) {
  Connect();
  client_.Command({"PING"}, Noted());
  client_.Drop();
  EXPECT_FALSE(closed_) << "whoever drops it knows";
  Connect();
  client_.Command({"ECHO", "new"}, Noted());
  EXPECT_TRUE(RunUntil([this] { return !replies_.empty(); }));
  EXPECT_EQ(replies_, Texts{"new"});
}

TEST_F(CommandClientTest, SaysThatTheServerEndedIt) {
  Connect();
  redis_.Stop();
  EXPECT_TRUE(RunUntil([this] { return closed_.has_value(); }));
  ASSERT_TRUE(closed_);
  EXPECT_EQ(closed_->reason, ErrorReason::kConnectionLost);
}

TEST_F(CommandClientTest, SaysThatNobodyListens) {
  const auto addresses = Addresses();
  redis_.Stop();
  client_.Connect(addresses);
  EXPECT_TRUE(RunUntil([this] { return closed_.has_value(); }));
  ASSERT_TRUE(closed_);
  EXPECT_EQ(closed_->reason, ErrorReason::kCannotConnect);
  EXPECT_EQ(closed_->remedy, "is Redis running there?");
}

}  // namespace

}  // namespace keymeter::processor
