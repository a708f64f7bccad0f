#include "tests/support/fault_proxy.h"

#include <gtest/gtest.h>

#include "tests/support/redis_server.h"

namespace keymeter::testing {
namespace {

using Who = FaultProxy::Who;
using Way = FaultProxy::Way;
using Cut = FaultProxy::Cut;

class FaultProxyTest : public ::testing::Test {
 protected:
  static constexpr Milliseconds kShort{150};

  [[nodiscard]] RedisClient Client(Milliseconds timeout = kPatience) const {
    return RedisClient(proxy_.port(), "", timeout);
  }
  RedisClient Subscriber(Milliseconds timeout = kPatience) const {
    RedisClient client = Client(timeout);
    client.Must({"SUBSCRIBE", "news"});
    return client;
  }

  RedisServer server_;
  FaultProxy proxy_{server_.port()};
};

TEST_F(FaultProxyTest, PassesEverythingWhileNothingIsWrong) {
  RedisClient client = Client();
  const std::string large(3'000'000, 'x');
  client.Must({"SET", "large", large});
  EXPECT_EQ(client.Text({"GET", "large"}), large);
}

TEST_F(FaultProxyTest, CutsOneKindOfConnectionAndLeavesTheOther) {
  RedisClient commands = Client();
  commands.Must({"PING"});
  RedisClient subscriber = Subscriber();
  proxy_.CutNow(Who::kSubscription, Cut::kReset);
  EXPECT_THROW(subscriber.Command({"PING"}), std::runtime_error);
  EXPECT_EQ(commands.Text({"PING"}), "PONG");
  proxy_.CutNow(Who::kCommands, Cut::kFin);
  EXPECT_THROW(commands.Command({"PING"}), std::runtime_error);
}

TEST_F(FaultProxyTest, LosesAConnectionWithoutAWord) {
  RedisClient client = Client(kShort);
  client.Must({"PING"});
  proxy_.LoseNow(Who::kBoth);
  EXPECT_THROW(client.Command({"SET", "a", "1"}), std::runtime_error);
  EXPECT_TRUE(Client().Command({"GET", "a"}).IsNil());
}

TEST_F(FaultProxyTest, StallsOneDirectionOnly) {
  RedisClient client = Client(kShort);
  client.Must({"PING"});
  proxy_.Slow(Who::kBoth, Way::kToClient, {.is_stalled = true});
  EXPECT_THROW(client.Command({"SET", "a", "1"}), std::runtime_error);  // it got there, the answer did not
  EXPECT_TRUE(WaitFor([&] { return server_.Connect().Text({"GET", "a"}) == "1"; }));
  proxy_.Heal();
  EXPECT_EQ(Client().Text({"GET", "a"}), "1");
}

TEST_F(FaultProxyTest, DelaysAndDripsButKeepsTheOrder) {
  RedisClient client = Client();
  proxy_.Slow(Who::kBoth, Way::kBoth, {.delay_ms = 30});
  const auto begin = std::chrono::steady_clock::now();
  client.Must({"SET", "a", "twenty letters of text"});
  EXPECT_GE(std::chrono::steady_clock::now() - begin, Milliseconds(60));
  proxy_.Heal();
  proxy_.Slow(Who::kBoth, Way::kToClient, {.drip_bytes = 3});
  EXPECT_EQ(client.Text({"GET", "a"}), "twenty letters of text");
}

TEST_F(FaultProxyTest, InjectsWhatNobodySaid) {
  RedisClient client = Client();
  client.Must({"PING"});
  proxy_.Inject(Who::kBoth, Way::kToClient, "!garbage\r\n");
  EXPECT_THROW(client.Command({"PING"}), std::runtime_error);
}

TEST_F(FaultProxyTest, DisturbsOneValueAmongTheOthers) {
  using Kind = Disorder::Kind;
  const auto heard = [this](const Disorder& disorder, Way way) {
    RedisClient client = Client(kShort);
    client.Must({"ECHO", "1"});
    proxy_.Disturb(Who::kBoth, way, disorder);
    std::string texts;
    try {
      for (const char* text : {"2", "3"}) texts += client.Text({"ECHO", text});
    } catch (const std::runtime_error&) {
      texts += "-";
    }
    return texts;
  };
  EXPECT_EQ(heard({Kind::kStray, "$1\r\nx\r\n"}, Way::kToClient), "x2");
  EXPECT_EQ(heard({Kind::kStray, "*2\r\n$4\r\nECHO\r\n$1\r\ny\r\n"}, Way::kToServer), "y2");
  EXPECT_EQ(heard({Kind::kLike}, Way::kToClient), "52");
  EXPECT_EQ(heard({Kind::kDoubled}, Way::kToClient), "22");
  EXPECT_EQ(heard({Kind::kDropped}, Way::kToClient), "-");
  EXPECT_EQ(heard({Kind::kDropped}, Way::kToServer), "-");
}

TEST_F(FaultProxyTest, RefusesNewConnectionsUntilHealed) {
  RedisClient client = Client();
  client.Must({"PING"});
  proxy_.RefuseNew();
  EXPECT_THROW(Client().Command({"PING"}), std::runtime_error);
  EXPECT_EQ(client.Text({"PING"}), "PONG");
  proxy_.Heal();
  EXPECT_EQ(Client().Text({"PING"}), "PONG");
}

TEST_F(FaultProxyTest, LeadsNewConnectionsToAnotherServer) {
  RedisServer other;
  other.Connect().Must({"SET", "a", "other"});
  RedisClient client = Client();
  client.Must({"SET", "a", "first"});
  proxy_.Retarget(other.port());
  EXPECT_EQ(Client().Text({"GET", "a"}), "other");
  EXPECT_EQ(client.Text({"GET", "a"}), "first");
}

}  // namespace
}  // namespace keymeter::testing
