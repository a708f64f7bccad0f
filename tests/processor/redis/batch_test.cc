/// What a server says that no Redis says: replies that are out of step, on a connection for commands.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/redis/command_client.h"
#include "processor/redis/reply_shapes.h"
#include "tests/processor/redis/redis_fixture.h"
#include "tests/processor/redis/scripted_server.h"

namespace keymeter::processor {

namespace {

using testing::BulkText;
using testing::ScriptedServer;
using Texts = std::vector<std::string>;

/// A reply of the shape that is asked for: two fields of a hash.
std::string Values(int first, int second) {
  return "*2\r\n" + BulkText(std::to_string(first)) + BulkText(std::to_string(second));
}

class BatchTest : public LoopFixture {
 protected:
  void SetUp() override { Connect(); }
  /// To a new server, where a test goes through several.
  void SetUpAnew() {
    client_.Drop();
    server_.emplace();
    is_connected_ = false;
    batches_ = 0;
    taken_.clear();
    closed_.reset();
    Connect();
  }
  void Connect() {
    client_.Connect({LoopbackAddress(server_->port())});
    ASSERT_TRUE(RunUntil([this] { return is_connected_; }));
  }
  /// Asks for so many hashes in one batch.
  void Ask(std::size_t count) {
    std::string commands;
    for (std::size_t i = 0; i < count; ++i) AppendCommand(commands, {"HMGET", "h", "a", "b"});
    client_.Pipeline(
        commands, count,
        [this](std::size_t, const Reply& reply) {
          taken_.emplace_back(IsError(reply) ? TextOf(reply) : TextOf(*reply.element[0]));
        },
        [](std::size_t, const Reply& reply) { return CheckValues(reply, 2); });
    ASSERT_TRUE(RunUntil([this, batches = ++batches_] { return server_->Nonces().size() == batches; }));
  }
  std::string NonceOf(std::size_t batch) { return BulkText(server_->Nonces().at(batch)); }
  bool Ends() {
    return RunUntil([this] { return closed_.has_value(); });
  }
  bool EndsOutOfStep() { return Ends() && closed_->code == ErrorCode::kCorrupt; }

  std::optional<ScriptedServer> server_{std::in_place};
  RedisTarget target_;
  bool is_connected_ = false;
  std::size_t batches_ = 0;
  Texts taken_;
  std::optional<Error> closed_;
  CommandClient client_{loop_,
                        clock_,
                        target_,
                        {[this] { is_connected_ = true; }, nullptr,
                         [this](const Error& why) {
                           closed_ = why;
                           client_.Drop();
                         }}};
};

TEST_F(BatchTest, IsHandedOutWhenItsNonceIsInItsPlace) {
  Ask(3);
  server_->Say(Values(1, 0) + Values(2, 0) + Values(3, 0));
  Ask(1);  // what was said has been read when this has been sent and heard
  EXPECT_TRUE(taken_.empty()) << "not before the nonce";
  server_->Say(NonceOf(0) + Values(4, 0) + NonceOf(1));
  EXPECT_TRUE(RunUntil([this] { return taken_.size() == 4; }));
  EXPECT_EQ(taken_, (Texts{"1", "2", "3", "4"}));
  EXPECT_FALSE(closed_);
  EXPECT_EQ(client_.OldestWaitMs(), 0);
}

TEST_F(BatchTest, EachHasANonceOfItsOwn) {
  Ask(1);
  Ask(1);
  EXPECT_NE(server_->Nonces()[0], server_->Nonces()[1]);
  server_->Say(Values(1, 0) + NonceOf(1));
  EXPECT_TRUE(EndsOutOfStep()) << "that of another batch";
  EXPECT_TRUE(taken_.empty());
}

TEST_F(BatchTest, AStrayReplyBeforeItVoidsIt) {
  Ask(2);
  server_->Say(Values(9, 9) + Values(1, 0) + Values(2, 0) + NonceOf(0));
  EXPECT_TRUE(EndsOutOfStep());
  EXPECT_TRUE(taken_.empty());
}

TEST_F(BatchTest, AStrayReplyInsideVoidsIt) {
  for (const std::string& stray :
       Texts{Values(9, 9), "+OK\r\n", ":1\r\n", "$-1\r\n", "*0\r\n", "-ERR nobody asked\r\n"}) {
    SetUpAnew();
    Ask(2);
    server_->Say(Values(1, 0) + stray + Values(2, 0) + NonceOf(batches_ - 1));
    EXPECT_TRUE(EndsOutOfStep()) << stray;
    EXPECT_TRUE(taken_.empty()) << stray;
  }
}

TEST_F(BatchTest, AStrayReplyBehindItVoidsTheNextOne) {
  Ask(1);
  Ask(1);
  server_->Say(Values(1, 0) + NonceOf(0) + Values(9, 9) + Values(2, 0) + NonceOf(1));
  EXPECT_TRUE(EndsOutOfStep());
  EXPECT_EQ(taken_, Texts{"1"});
}

TEST_F(BatchTest, AReplyThatNobodyAskedForEndsTheSession) {
  Ask(1);
  server_->Say(Values(1, 0) + NonceOf(0) + Values(9, 9));
  EXPECT_TRUE(EndsOutOfStep());
  EXPECT_EQ(taken_, Texts{"1"});
}

TEST_F(BatchTest, ADoubledReplyVoidsIt) {
  Ask(2);
  server_->Say(Values(1, 0) + Values(1, 0) + Values(2, 0) + NonceOf(0));
  EXPECT_TRUE(EndsOutOfStep());
  EXPECT_TRUE(taken_.empty());
}

TEST_F(BatchTest, AMissingReplyVoidsIt) {
  Ask(3);
  server_->Say(Values(1, 0) + Values(3, 0) + NonceOf(0));
  EXPECT_TRUE(EndsOutOfStep());
  EXPECT_TRUE(taken_.empty());
}

TEST_F(BatchTest, AWrongNonceVoidsIt) {
  for (const std::string& other :
       Texts{BulkText(std::string(32, '0')), BulkText(""), "+PONG\r\n", ":1\r\n", Values(9, 9), "$-1\r\n"}) {
    SetUpAnew();
    Ask(1);
    server_->Say(Values(1, 0) + other);
    EXPECT_TRUE(EndsOutOfStep()) << other;
    EXPECT_TRUE(taken_.empty()) << other;
  }
}

TEST_F(BatchTest, AMissingNonceIsNotedByWhatComesInItsPlace) {
  Ask(1);
  Ask(1);
  server_->Say(Values(1, 0) + Values(2, 0) + NonceOf(1));
  EXPECT_TRUE(EndsOutOfStep());
  EXPECT_TRUE(taken_.empty());
}

TEST_F(BatchTest, AReplyOfAnotherShapeVoidsAllOfIt) {
  for (const std::string& other :
       Texts{"*3\r\n:1\r\n:2\r\n:3\r\n", "*2\r\n:1\r\n:2\r\n", ":1\r\n", BulkText("1"), "$-1\r\n",
             "*1\r\n" + BulkText("1"), "*2\r\n" + BulkText("1") + "*0\r\n"}) {
    SetUpAnew();
    Ask(2);
    server_->Say(Values(1, 0) + other + NonceOf(batches_ - 1));
    EXPECT_TRUE(EndsOutOfStep()) << other;
    EXPECT_TRUE(taken_.empty()) << other;
  }
}

TEST_F(BatchTest, AnErrorThatConcernsOnlyItsKeyIsHandedOut) {
  Ask(2);
  server_->Say("-WRONGTYPE Operation against a key\r\n" + Values(2, 0) + NonceOf(0));
  EXPECT_TRUE(RunUntil([this] { return taken_.size() == 2; }));
  EXPECT_EQ(taken_, (Texts{"WRONGTYPE Operation against a key", "2"}));
}

TEST_F(BatchTest, OneThatIsRefusedAsAWholeEndsTheSessionWithTheReason) {
  Ask(2);
  server_->Say(Values(1, 0) + "-LOADING Redis is loading\r\n-LOADING Redis is loading\r\n");
  ASSERT_TRUE(Ends());
  EXPECT_TRUE(taken_.empty());
  EXPECT_EQ(closed_->reason, ErrorReason::kLoading);
}

TEST_F(BatchTest, OneThatIsRefusedAsAWholeHandsOutErrorsWhoseTakerWordsThem) {
  const auto take = [this](const Reply& reply) { taken_.emplace_back(TextOf(reply)); };
  {
    const CommandClient::OneBatch batch(client_);
    client_.Command({"AUTH", "secret"}, take, CheckOk);
    client_.Command({"INFO"}, take);
  }
  ASSERT_TRUE(RunUntil([this] { return server_->Nonces().size() == 1; }));
  server_->Say("-WRONGPASS no\r\n" + BulkText("an answer") + "-NOAUTH Authentication required.\r\n");
  ASSERT_TRUE(Ends());
  EXPECT_EQ(taken_, Texts{"WRONGPASS no"}) << "no answer";
  EXPECT_EQ(closed_->reason, ErrorReason::kWrongPassword);
}

TEST_F(BatchTest, AServerThatClosesSaysWhyUnasked) {
  Ask(2);
  server_->Say("-ERR max number of clients reached\r\n");
  server_->Close();
  ASSERT_TRUE(Ends());
  EXPECT_TRUE(taken_.empty());
  EXPECT_NE(closed_->Text().find("maxclients"), std::string::npos) << closed_->Text();
}

TEST_F(BatchTest, AnErrorOfOneKeyIsNotWhyTheConnectionWasLost) {
  Ask(2);
  server_->Say("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
  server_->Close();
  ASSERT_TRUE(Ends());
  EXPECT_EQ(closed_->reason, ErrorReason::kConnectionLost) << closed_->Text();
}

TEST_F(BatchTest, SeveralQuestionsMayShareOne) {
  {
    const CommandClient::OneBatch batch(client_);
    std::string command;
    AppendCommand(command, {"HMGET", "h", "a", "b"});
    const auto take = [this](std::size_t, const Reply& reply) {
      taken_.emplace_back(TextOf(*reply.element[0]));
    };
    client_.Pipeline(command, 1, take);
    client_.Pipeline(command, 1, take);
    client_.Fence([this] { taken_.emplace_back("fence"); });
  }
  ASSERT_TRUE(RunUntil([this] { return server_->Nonces().size() == 1; }));
  server_->Say(Values(1, 0) + Values(2, 0) + NonceOf(0));
  EXPECT_TRUE(RunUntil([this] { return taken_.size() == 3; }));
  EXPECT_EQ(taken_, (Texts{"1", "2", "fence"}));
}

TEST_F(BatchTest, IsTheSameWhereverItsBytesAreSplit) {
  Ask(2);
  std::size_t done = 0;
  for (std::size_t split = 1;; ++split) {
    const std::string bytes = Values(1, 0) + Values(2, 0) + NonceOf(batches_ - 1);
    if (split >= bytes.size()) break;
    taken_.clear();
    server_->Say(std::string_view(bytes).substr(0, split));
    client_.Fence([] {});  // its nonce is heard when the first piece has had its chance to be read
    ASSERT_TRUE(RunUntil([this, batches = ++batches_] { return server_->Nonces().size() == batches; }));
    ASSERT_TRUE(taken_.empty()) << split;
    server_->Say(bytes.substr(split) + NonceOf(batches_ - 1));
    ASSERT_TRUE(RunUntil([this] { return taken_.size() == 2; })) << split;
    ASSERT_EQ(taken_, (Texts{"1", "2"})) << split;
    ++done;
    Ask(2);
  }
  EXPECT_GT(done, 60U);
  EXPECT_FALSE(closed_);
}

TEST_F(BatchTest, AStrayReplyAtAnyPlaceVoidsAllThatFollows) {
  constexpr std::size_t kReplies = 6;
  for (std::size_t place = 0; place <= kReplies; ++place) {
    SetUpAnew();
    Ask(kReplies);
    for (std::size_t i = 0; i < kReplies; ++i) {
      if (i == place) server_->Say(Values(9, 9));
      server_->Say(Values(static_cast<int>(i), 0));
    }
    if (place == kReplies) server_->Say(Values(9, 9));
    server_->Say(NonceOf(batches_ - 1));
    EXPECT_TRUE(EndsOutOfStep()) << place;
    EXPECT_TRUE(taken_.empty()) << place;
  }
}

}  // namespace

}  // namespace keymeter::processor
