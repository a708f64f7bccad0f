#include "query-api/front/front.h"

#include <atomic>

#include <fcntl.h>

#include "tests/query-api/front/front_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::HttpGet;
using keymeter::testing::RawSocket;
using keymeter::testing::WaitFor;

TEST_F(FrontTest, AHeadThatTricklesIsRefusedWhenItsTimeIsOver) {
  Start();
  const auto socket = Send(kHalfRequest);
  AwaitConnections(1);
  for (int i = 0; i < 5; ++i) {
    socket->Send("x");
    clock_.AdvanceMs(1000);
  }
  EXPECT_NE(socket->ReadUntil("}").find("HTTP/1.1 408"), std::string::npos);
  EXPECT_TRUE(socket->IsClosedByPeer());
  EXPECT_EQ(refusals_, 1);
  EXPECT_EQ(counts_.overdue, 1U);
}

TEST_F(FrontTest, WhoSaysNothingIsClosedWithoutAWord) {
  Start();
  const auto silent = Send("");
  AwaitConnections(1);
  clock_.AdvanceMs(5000);
  EXPECT_EQ(silent->ReadUntil("never"), "");
  AwaitConnections(0);
}

TEST_F(FrontTest, EndingOneConnectionLeavesTheOthersAlone) {
  Start();
  const auto stuck = Send(kHalfRequest);
  AwaitConnections(1);
  clock_.AdvanceMs(4000);
  std::vector<std::unique_ptr<RawSocket>> others;
  others.reserve(5);
  for (int i = 0; i < 5; ++i) others.push_back(Send(kHalfRequest));
  AwaitConnections(6);
  clock_.AdvanceMs(1000);
  EXPECT_TRUE(stuck->IsClosedByPeer());
  for (const auto& other : others) {
    other->Send("y\r\n\r\n");
    EXPECT_NE(other->ReadUntil("[]").find("200 OK"), std::string::npos);
  }
}

TEST_F(FrontTest, AnIdleConnectionIsClosedWithoutAWord) {
  Start();
  const auto socket = Send(kRequest);
  EXPECT_NE(socket->ReadUntil("[]"), "");
  EXPECT_TRUE(RunOnUntil(5000, [&] { return counts_.open == 0; }));
  EXPECT_EQ(socket->ReadUntil("}"), "");
  EXPECT_EQ(counts_.overdue, 0U) << "nothing was due";
}

TEST_F(FrontTest, TheOldestHalfSentHeadMakesRoomForANewClient) {
  Start({.connections = 3});
  const auto oldest = Send(kHalfRequest);
  AwaitConnections(1);
  clock_.AdvanceMs(300);
  const auto second = Send(kHalfRequest);
  AwaitConnections(2);
  clock_.AdvanceMs(300);
  const auto third = Send(kHalfRequest);
  AwaitConnections(3);
  EXPECT_EQ(HttpGet(Url()).status, 200);
  EXPECT_TRUE(oldest->IsClosedByPeer());
  second->Send("y\r\n\r\n");
  EXPECT_NE(second->ReadUntil("[]").find("200 OK"), std::string::npos);
  EXPECT_EQ(counts_.displaced, 1U);
}

TEST_F(FrontTest, AHeadThatBeginsWhileAnotherConnectsLeavesNoPlaceMore) {
  Start({.connections = 2});
  const auto first = Send(kRequest);
  const auto second = Send(kRequest);
  EXPECT_NE(first->ReadUntil("[]"), "");
  EXPECT_NE(second->ReadUntil("[]"), "");
  AwaitTick();  // a full front accepts again at a tick after the last head: only then a third one can come
  first->Send("G");
  const auto third = Send(kRequest);  // while no head of the idle ones had begun, or after
  EXPECT_TRUE(RunOnUntil(100, [&] { return counts_.displaced >= 1; }));
  EXPECT_NE(third->ReadUntil("[]"), "");
  AwaitConnections(2);
}

TEST_F(FrontTest, WhenAllAreBeingAnsweredANewClientWaitsUntilOneHasGone) {
  Start({.connections = 2}, nullptr);
  const auto first = Send(kRequest);
  const auto second = Send(kRequest);
  AwaitConnections(2);
  const auto third = Send("no request\r\n\r\n");
  std::string early;
  EXPECT_FALSE(third->ReadMore(early, testing::Milliseconds(100)));
  EXPECT_TRUE(RunOnUntil(100'000, [&] { return counts_.accepted == 3; }));
  EXPECT_NE(third->ReadUntil("}").find("HTTP/1.1 400"), std::string::npos);
}

TEST_F(FrontTest, AReaderThatTakesNothingIsDropped) {
  const auto body = std::make_shared<const std::string>(std::size_t{32} << 20U, 'x');
  Start({}, [body](const Request&) {
    Response response;
    response.coded_body = body;
    return response;
  });
  const auto socket = Send(kRequest);
  AwaitConnections(1);
  ASSERT_TRUE(WaitFor([&] { return body.use_count() > 2; }));
  EXPECT_TRUE(RunOnUntil(1000, [&] { return counts_.open == 0; }));
  EXPECT_TRUE(WaitFor([&] { return body.use_count() == 2; }));  // ours, and that of the backend's function
}

/// Answers of 32 MiB each, which a cache has too, until it forgets them.
class LargeAnswers {
 public:
  Response operator()(const Request& /*request*/) {
    Response response;
    response.coded_body = std::make_shared<const std::string>(std::size_t{32} << 20U, 'x');
    const MutexLock lock(mutex_);
    cached_.push_back(response.coded_body);
    return response;
  }
  /// True once there are so many.
  bool Forget(std::size_t count) {
    const MutexLock lock(mutex_);
    if (cached_.size() < count) return false;
    cached_.clear();
    return true;
  }

 private:
  Mutex mutex_;
  std::vector<std::shared_ptr<const std::string>> cached_ GUARDED_BY(mutex_);
};

TEST_F(FrontTest, WhileAnswersHoldTooMuchTheSlowestReaderIsDroppedEarly) {
  LargeAnswers answers;
  Start({.held_bytes = std::size_t{40} << 20U, .piece_ms = 1'000'000'000},
        [&](const Request& request) { return answers(request); });
  const auto first = Send(kRequest);
  const auto second = Send(kRequest);
  ASSERT_TRUE(WaitFor([&] { return answers.Forget(2); }));
  EXPECT_TRUE(RunOnUntil(100, [&] { return counts_.overdue > 0; }));
  clock_.AdvanceMs(100'000);
  EXPECT_NE(Ask("no request\r\n\r\n").find("HTTP/1.1 400"), std::string::npos) << "the loop has turned";
  EXPECT_EQ(counts_.overdue, 1U) << "what the other one holds is not too much";
}

TEST_F(FrontTest, AnAnswerHasATimeInAll) {
  LargeAnswers answers;
  Start({.answer_ms = 5000}, [&](const Request& request) { return answers(request); });
  const auto socket = Send(kRequest);
  std::string taken;
  EXPECT_TRUE(RunOnUntil(500, [&] {
    (void)socket->ReadMore(taken, testing::Milliseconds(10));
    return counts_.open == 0;
  }));
  EXPECT_LT(taken.size(), std::size_t{32} << 20U) << "it took pieces in time, and not the whole";
  EXPECT_EQ(counts_.overdue, 1U);
}

TEST_F(FrontTest, AFarewellHasATimeAndABoundOfBytes) {
  Start();
  const auto silent = Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(silent->ReadUntil("[]"), "");
  EXPECT_TRUE(RunOnUntil(1000, [&] { return counts_.open == 0; }));
  const auto talker = Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
  EXPECT_NE(talker->ReadUntil("[]"), "");
  const std::string more(65'536, 'x');
  EXPECT_TRUE(WaitFor([&] {  // while the clock stands still
    (void)talker->SendSome(more);
    return counts_.open == 0;
  }));
}

TEST_F(FrontTest, ALongBodyComesWhole) {
  const std::string bytes(std::size_t{8} << 20U, 'y');
  Start({}, [&](const Request&) {
    Response response;
    response.body = bytes;
    return response;
  });
  EXPECT_EQ(HttpGet(Url()).body, bytes);
}

TEST_F(FrontTest, AFileComesWholeAndIsReleasedAfterwards) {
  const testing::TempDir directory;
  const std::string path = directory.File("body");
  const std::string bytes(std::size_t{3} << 20U, 'z');
  testing::WriteFile(path, bytes);
  const auto kept = std::make_shared<int>(1);
  Start({}, [&](const Request&) {
    Response response;
    response.file = std::make_shared<FileBody>();
    response.file->file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    response.file->bytes = bytes.size();
    response.file->keeps.push_back(kept);
    return response;
  });
  EXPECT_EQ(HttpGet(Url()).body, bytes);
  EXPECT_TRUE(WaitFor([&] { return kept.use_count() == 1; }));
}

TEST_F(FrontTest, AnAddressHasItsCapOfConnections) {
  counts_addresses_ = true;
  Start({.per_address = 2, .head_ms = 1'000'000'000});
  auto first = Send(kRequest);
  EXPECT_NE(first->ReadUntil("[]"), "");
  const auto second = Send(kHalfRequest);
  AwaitConnections(2);
  const std::string refusal = Ask(kRequest);
  EXPECT_NE(refusal.find("HTTP/1.1 429"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("Retry-After: 1\r\n"), std::string::npos);
  const auto half = Send(kHalfRequest);
  EXPECT_TRUE(RunOnUntil(500, [&] { return half->IsClosedByPeer(testing::Milliseconds(10)); }));
  first.reset();
  EXPECT_TRUE(WaitFor([&] { return HttpGet(Url()).status == 200; }));
}

TEST_F(FrontTest, RequestsInOneGoAreAnsweredInTheirOrder) {
  Start({}, PathOf);
  std::string all;
  for (int i = 1; i <= 300; ++i) all += fmt::format("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", i);
  const auto socket = Send(all);
  const std::string answers = socket->ReadUntil("\"/300\"");
  std::size_t at = 0;
  for (int i = 1; i <= 300; ++i) {
    const std::size_t next = answers.find(fmt::format("\"/{}\"", i), at);
    ASSERT_NE(next, std::string::npos) << i;
    at = next;
  }
}

TEST_F(FrontTest, WhatIsMalformedIsRefusedAndItsConnectionClosed) {
  Start();
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::string begin :
       {"\r\n\r\n", " GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"}) {
    const std::string answer = Ask(begin + hidden);
    EXPECT_NE(answer.find("HTTP/1.1 400"), std::string::npos) << begin;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << begin;
    EXPECT_NE(answer.find("X-Peer: 127.0.0.1\r\n"), std::string::npos) << begin;
    EXPECT_EQ(answer.find("200 OK"), std::string::npos) << begin;
  }
}

TEST_F(FrontTest, ABodyIsNeverReadAndItsClientGetsTheAnswer) {
  Start();
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\n";
  EXPECT_NE(Ask(head).find("HTTP/1.1 200"), std::string::npos);
  // Its bytes come all the same: a reset would take the answer away.
  const std::string answer = Ask(head + std::string(100'000, 'x'));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n[]")) << answer;
}

TEST_F(FrontTest, WhoClosesHisSendingSideIsStillAnswered) {
  Start({}, PathOf);
  const auto socket = Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  socket->CloseSending();
  const std::string answers = socket->ReadUntil("never");
  EXPECT_NE(answers.find("\"/1\""), std::string::npos);
  EXPECT_NE(answers.find("\"/2\""), std::string::npos);
}

TEST_F(FrontTest, HeadHasTheLengthAndNotTheBody) {
  Start();
  const std::string answer = Ask("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 2\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(FrontTest, Http10KeepsItsConnectionWhenItAsksFor) {
  Start();
  const std::string request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  const auto socket = Send(request);
  EXPECT_NE(socket->ReadUntil("[]").find("Connection: keep-alive\r\n"), std::string::npos);
  socket->Send(request);
  EXPECT_NE(socket->ReadUntil("[]").find("200 OK"), std::string::npos);
  EXPECT_TRUE(Send("GET / HTTP/1.0\r\n\r\n")->IsClosedByPeer());
}

TEST_F(FrontTest, WhoGoesBeforeTheAnswerHarmsNobody) {
  Start({}, nullptr);
  for (int i = 0; i < 50; ++i) (void)Send(kRequest);
  EXPECT_TRUE(WaitFor([&] { return counts_.accepted >= 50; }));
  front_.reset();
}

/// Says "hello" once, then repeats what it hears, until it hears "bye".
class Echo final : public UpgradedSession {
 public:
  void Receive(std::string_view bytes, std::int64_t /*now_ms*/) override { waiting_ += bytes; }
  void ReceiveEnd() override { is_over_ = true; }
  void Tick(std::int64_t /*now_ms*/) override {}
  void Stop(std::int64_t /*now_ms*/) override {
    waiting_ = "stop";
    ends_ = true;
  }
  std::string_view Unsent(std::int64_t /*now_ms*/) override {
    if (sending_.empty()) sending_.swap(waiting_);
    return sending_;
  }
  void Sent(std::size_t count) override {
    sending_.erase(0, count);
    is_over_ = is_over_ || (ends_ && sending_.empty());
  }
  [[nodiscard]] bool IsOver() const override { return is_over_; }
  [[nodiscard]] bool HasSentAll() const override { return false; }

 private:
  std::string waiting_ = "hello";
  std::string sending_;
  bool ends_ = false;
  bool is_over_ = false;
};

Response Upgraded(const Request& /*request*/) {
  Response response;
  response.status = 101;
  response.headers = {{"Upgrade", "echo"}, {"Connection", "Upgrade"}};
  response.start_session = [](std::int64_t) { return std::make_unique<Echo>(); };
  return response;
}

TEST_F(FrontTest, AfterA101TheBytesAreTheSessions) {
  Start({}, Upgraded);
  const auto socket = Send(kRequest);
  const std::string head = socket->ReadUntil("hello");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  socket->Send("abc");
  EXPECT_NE(socket->ReadUntil("abc").find("abc"), std::string::npos);
  clock_.AdvanceMs(3'600'000);  // it has no time of HTTP's
  socket->Send("def");
  EXPECT_NE(socket->ReadUntil("def").find("def"), std::string::npos);
}

TEST_F(FrontTest, AStopLetsSessionsSayFarewell) {
  Start({}, Upgraded);
  const auto socket = Send(kRequest);
  (void)socket->ReadUntil("hello");
  front_.reset();
  EXPECT_EQ(socket->ReadUntil("never"), "stop");
}

}  // namespace
}  // namespace keymeter::query_api
