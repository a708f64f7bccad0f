#include "query-api/front/listener.h"

#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/raw_socket.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::RawSocket;
using keymeter::testing::TempDir;

class ListenerTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Listener>> Open(const std::string& address) {
    return Listener::Open(loop_, clock_, *ListenAddress::Parse(address, "--listen"), "--listen",
                          [this](Accepted accepted) { accepted_.push_back(std::move(accepted)); });
  }
  void Turn() {
    Timer stop(loop_, [this] { loop_.Stop(); });
    stop.StartIn(20);
    loop_.Run();
  }
  /// Who is seen when somebody connects.
  std::string PeerAt(const std::string& listen) {
    auto listener = Open(listen);
    if (!listener) return listener.error().Text();
    const RawSocket client((*listener)->address().ToString());
    Turn();
    return accepted_.empty() ? "nobody" : accepted_.back().peer;
  }

  EventLoop loop_;
  ManualClock clock_{0};
  std::vector<Accepted> accepted_;
  TempDir directory_;
};

TEST_F(ListenerTest, EachKindOfAddressNamesItsPeer) {
  EXPECT_EQ(PeerAt("127.0.0.1:0"), "127.0.0.1");
  EXPECT_EQ(PeerAt("[::1]:0"), "::1");
  EXPECT_EQ(PeerAt("unix:" + directory_.File("api.sock")), kUnixPeer);
}

TEST_F(ListenerTest, IPv4AtAnIPv6AddressIsIPv4) {
  const auto listener = Open("[::]:0");
  ASSERT_TRUE(listener) << listener.error().Text();
  const RawSocket client(static_cast<int>((*listener)->address().port));
  Turn();
  ASSERT_EQ(accepted_.size(), 1U);
  EXPECT_EQ(accepted_[0].peer, "127.0.0.1");
}

TEST_F(ListenerTest, AnAddressInUseNamesTheFlag) {
  const auto first = Open("127.0.0.1:0");
  ASSERT_TRUE(first);
  const auto second = Open((*first)->address().ToString());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().Text().find("--listen"), std::string::npos);
  EXPECT_NE(second.error().Text().find("Address already in use"), std::string::npos);
}

TEST_F(ListenerTest, ErrorsSayWhatToDo) {
  EXPECT_NE(Open("unix:" + directory_.File("no/api.sock")).error().Text().find("make its directory"),
            std::string::npos);
  EXPECT_NE(Open("192.0.2.77:0").error().Text().find("name an address of this machine"), std::string::npos);
}

TEST_F(ListenerTest, AUnixSocketIsForOwnerAndGroupAndGoneAtTheEnd) {
  const std::string path = directory_.File("api.sock");
  struct stat found {};
  {
    const auto listener = Open("unix:" + path);
    ASSERT_TRUE(listener);
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0660U);
  }
  EXPECT_NE(::stat(path.c_str(), &found), 0);
}

TEST_F(ListenerTest, ADeadSocketIsReplacedAndALiveOneIsNot) {
  const std::string path = directory_.File("api.sock");
  {
    const auto live = Open("unix:" + path);
    ASSERT_TRUE(live);
    EXPECT_FALSE(Open("unix:" + path));
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);  // still the first one's
    ASSERT_EQ(::link(path.c_str(), directory_.File("dead.sock").c_str()), 0);
  }
  EXPECT_TRUE(Open("unix:" + directory_.File("dead.sock")));
}

TEST_F(ListenerTest, AnothersSocketAtItsPathStays) {
  const std::string path = directory_.File("api.sock");
  auto first = Open("unix:" + path);
  ASSERT_TRUE(first);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  const auto second = Open("unix:" + path);
  ASSERT_TRUE(second);
  first->reset();
  struct stat found {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0);
}

TEST_F(ListenerTest, AFileThatIsNoSocketStays) {
  const std::string path = directory_.File("precious");
  testing::WriteFile(path, "data");
  EXPECT_FALSE(Open("unix:" + path));
  EXPECT_EQ(testing::ReadFile(path), "data");
}

TEST_F(ListenerTest, WhileItPausesClientsWait) {
  const auto listener = Open("127.0.0.1:0");
  ASSERT_TRUE(listener);
  (*listener)->Pause(true);
  const RawSocket client((*listener)->address().ToString());
  Turn();
  EXPECT_TRUE(accepted_.empty());
  (*listener)->Pause(false);
  Turn();
  EXPECT_EQ(accepted_.size(), 1U);
}

}  // namespace
}  // namespace keymeter::query_api
