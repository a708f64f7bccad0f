#include "query-api/front/inner_server.h"

#include <atomic>
#include <barrier>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "query-api/front/front.h"
#include "query-api/front/inner_pool.h"
#include "tests/query-api/front/front_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/raw_socket.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpGet;
using keymeter::testing::HttpRequest;
using keymeter::testing::RawSocket;
using keymeter::testing::WaitFor;

constexpr std::string_view kStrangersRequest =
    "GET /secret HTTP/1.1\r\nHost: a\r\nKeymeter-Peer: 127.0.0.1\r\nAuthorization: Bearer admin\r\n\r\n";

/// A front over an inner server: the whole way of a request.
class InnerServerTest : public ::testing::Test {
 protected:
  void Start(InnerServer::AnswerFunction answer, std::size_t threads = 2) {
    auto inner = InnerServer::Start(threads, handover_, std::move(answer));
    ASSERT_TRUE(inner) << inner.error().Text();
    inner_ = std::move(*inner);
    const FrontOptions options{.addresses = {*ListenAddress::Parse("127.0.0.1:0", "--listen")}};
    auto front = Front::Start(options, clock_, counts_, [&](const EventLoop& loop) {
      return std::make_unique<InnerPool>(loop, inner_->port(), threads, handover_, clock_, MakeRefusal());
    });
    ASSERT_TRUE(front) << front.error().Text();
    front_ = std::move(*front);
  }
  std::string AnswerWhileTimePasses(RawSocket& client) {
    client.Send(kRequest);
    std::string answer;
    EXPECT_TRUE(WaitFor([&] {
      clock_.AdvanceMs(1000);
      return client.ReadMore(answer, testing::Milliseconds(20));
    }));
    return answer;
  }
  [[nodiscard]] std::string Url(const std::string& path) const {
    return "http://" + front_->addresses().front().ToString() + path;
  }

  ManualClock clock_{0};
  Handover handover_;
  std::unique_ptr<InnerServer> inner_;
  FrontCounts counts_;
  std::unique_ptr<Front> front_;
};

Response PathOf(const Request& request) {
  return JsonResponse(Json{
      {"method", request.method}, {"path", request.path}, {"query", request.query}, {"peer", request.peer}});
}

TEST_F(InnerServerTest, ARequestArrivesAsItWasAndWithItsPeer) {
  Start(PathOf);
  const Json expected = {{"method", "GET"}, {"path", "/a%2Fb"}, {"query", "x=%20y"}, {"peer", "127.0.0.1"}};
  EXPECT_EQ(Json::parse(HttpGet(Url("/a%2Fb?x=%20y")).body), expected);
}

TEST_F(InnerServerTest, AClientCannotNameHisOwnPeerOrMethod) {
  Start(PathOf);
  const auto answer =
      Json::parse(HttpGet(Url("/"), {"Keymeter-Peer: 10.0.0.1", "Keymeter-Method: DELETE"}).body);
  EXPECT_EQ(answer.at("peer"), "127.0.0.1");
  EXPECT_EQ(answer.at("method"), "GET");
}

TEST_F(InnerServerTest, MethodsThatCivetwebDoesNotKnowArriveToo) {
  Start(PathOf);
  for (const std::string method : {"POST", "DELETE", "PURGE", "TRACE", "get"})
    EXPECT_EQ(Json::parse(HttpRequest(method, Url("/")).body).at("method"), method);
}

TEST_F(InnerServerTest, AnUpgradeThatIsRefusedEndsNoInnerConnection) {
  std::atomic<int> upgrades{0};
  Start([&](const Request& request) {
    const std::string* const wish = request.FindHeader("Upgrade");
    if (wish != nullptr && *wish == "websocket" && *request.FindHeader("Connection") == "Upgrade") ++upgrades;
    return PathOf(request);
  });
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(HttpGet(Url("/a"), {"Connection: Upgrade", "Upgrade: websocket"}).status, 200);
    EXPECT_EQ(HttpGet(Url("/b")).status, 200);
  }
  EXPECT_EQ(upgrades, 50);
}

TEST_F(InnerServerTest, BodiesOfEverySizeComeWhole) {
  Start([](const Request& request) {
    Response response;
    response.body = std::string(std::stoul(request.path.substr(1)), 'x');
    return response;
  });
  for (const std::size_t size : {0U, 1U, 4096U, 65'535U, 65'536U, 65'537U, 1'000'000U})
    EXPECT_EQ(HttpGet(Url(fmt::format("/{}", size))).body.size(), size);
}

TEST_F(InnerServerTest, MoreThanThereAreThreadsWaitTheirTurn) {
  std::barrier in_pairs(2);  // none goes on before both threads are at work
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  Start([&](const Request& request) {
    most = std::max(most.load(), ++at_once);
    in_pairs.arrive_and_wait();
    --at_once;
    return PathOf(request);
  });
  std::vector<std::thread> clients;
  std::atomic<int> answered{0};
  clients.reserve(12);
  for (int i = 0; i < 12; ++i)
    clients.emplace_back([&, i] {
      const std::string path = fmt::format("/{}", i);
      if (Json::parse(HttpGet(Url(path)).body).at("path") == path) ++answered;
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, 12);
  EXPECT_EQ(most, 2);
}

TEST_F(InnerServerTest, WhoWaitsTooLongIsToldToComeBack) {
  std::latch end(1);
  std::atomic<int> asked{0};
  Start([&](const Request& request) {
    ++asked;
    end.wait();
    return PathOf(request);
  });
  std::vector<std::thread> busy;
  busy.reserve(2);
  for (int i = 0; i < 2; ++i) busy.emplace_back([&] { EXPECT_EQ(HttpGet(Url("/busy")).status, 200); });
  ASSERT_TRUE(WaitFor([&] { return asked == 2; }));
  RawSocket waiting(front_->addresses().front().port);
  const std::string answer = AnswerWhileTimePasses(waiting);
  EXPECT_NE(answer.find("HTTP/1.1 503"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Retry-After: 5\r\n"), std::string::npos);
  end.count_down();
  for (std::thread& client : busy) client.join();
}

TEST_F(InnerServerTest, AStrangerAtTheInnerPortGetsNothing) {
  std::atomic<int> secrets{0};
  Start([&](const Request& request) {
    if (request.path == "/secret") ++secrets;
    return PathOf(request);
  });
  EXPECT_EQ(HttpGet(Url("/before")).status, 200);
  for (int i = 0; i < 20; ++i) {
    RawSocket stranger(inner_->port());
    stranger.Send(kStrangersRequest);
    EXPECT_EQ(stranger.ReadUntil("never"), "");
  }
  EXPECT_EQ(secrets, 0);
  EXPECT_EQ(HttpGet(Url("/after")).status, 200);
}

TEST_F(InnerServerTest, StrangersWhoSayNothingTakeNoThreadFromTheFront) {
  Start(PathOf);
  EXPECT_EQ(HttpGet(Url("/before")).status, 200);
  std::vector<std::unique_ptr<RawSocket>> strangers;
  strangers.reserve(10);
  for (int i = 0; i < 10; ++i) strangers.push_back(std::make_unique<RawSocket>(inner_->port()));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(HttpGet(Url("/after")).status, 200);
}

TEST_F(InnerServerTest, WhatThrowsIsA500WithoutDetails) {
  Start([](const Request&) -> Response { throw std::runtime_error("a secret path"); });
  const auto answer = HttpGet(Url("/"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

TEST_F(InnerServerTest, WhenNobodyIsInsideClientsAreToldToComeBack) {
  Start(PathOf);
  RawSocket client(front_->addresses().front().port);
  client.Send(kRequest);
  EXPECT_NE(client.ReadUntil("}").find("200 OK"), std::string::npos);
  inner_.reset();  // its connections break between two requests
  const std::string answer = AnswerWhileTimePasses(client);
  EXPECT_NE(answer.find("HTTP/1.1 503"), std::string::npos) << answer;
}

}  // namespace
}  // namespace keymeter::query_api
