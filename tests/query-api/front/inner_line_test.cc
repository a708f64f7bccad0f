#include "query-api/front/inner_line.h"

#include <optional>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "query-api/front/inner_pool.h"
#include "schema/file_descriptor.h"

namespace keymeter::query_api {
namespace {

/// A server that answers as a test says, on the same thread as the loop.
class InnerLineTest : public ::testing::Test {
 protected:
  InnerLineTest() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    (void)::bind(listening_.number(), reinterpret_cast<const sockaddr*>(&address), size);
    (void)::listen(listening_.number(), 8);
    (void)::getsockname(listening_.number(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }

  void Turn() {
    Timer stop(loop_, [this] { loop_.Stop(); });
    stop.StartIn(20);
    loop_.Run();
  }
  FileDescriptor Accept() { return FileDescriptor(::accept(listening_.number(), nullptr, nullptr)); }
  static std::string Read(const FileDescriptor& socket) {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::recv(socket.number(), bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  static void Write(const FileDescriptor& socket, std::string_view bytes) {
    ASSERT_EQ(::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// A pool of one line whose greeting was answered.
  FileDescriptor Greet() {
    pool_.emplace(loop_, port_, 1, handover_, clock_, MakeRefusal());
    FileDescriptor socket = Accept();
    Turn();
    EXPECT_TRUE(Read(socket).starts_with("GET / HTTP/1.1\r\n"));
    Write(socket, "HTTP/1.1 204 No Content\r\n\r\n");
    Turn();
    return socket;
  }
  void Ask(const std::string& path = "/question") {
    Request request{.method = "GET", .path = path, .query = "", .headers = {}};
    request.peer = "10.0.0.1";
    auto exchange = std::make_shared<Exchange>(
        std::move(request), [this](Answer answer) { answers_.push_back(std::move(answer)); });
    pool_->Ask(std::move(exchange));
    Turn();
  }

  EventLoop loop_;
  ManualClock clock_{0};
  Handover handover_;
  FileDescriptor listening_;
  std::uint16_t port_ = 0;
  std::optional<InnerPool> pool_;
  std::vector<Answer> answers_;
};

TEST_F(InnerLineTest, ItsPortIsKnownBeforeItsFirstByteAndForgottenAtItsEnd) {
  pool_.emplace(loop_, port_, 1, handover_, clock_, MakeRefusal());
  const FileDescriptor socket = Accept();
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  ::getpeername(socket.number(), reinterpret_cast<sockaddr*>(&peer), &size);
  EXPECT_TRUE(handover_.Find(ntohs(peer.sin_port)));
  pool_.reset();
  EXPECT_FALSE(handover_.Find(ntohs(peer.sin_port)));
}

TEST_F(InnerLineTest, AnAnswerInPiecesIsOneAnswer) {
  const FileDescriptor socket = Greet();
  Ask();
  EXPECT_NE(Read(socket).find("Keymeter-Peer: 10.0.0.1\r\n"), std::string::npos);
  for (const char c : std::string("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")) {
    EXPECT_TRUE(answers_.empty());
    Write(socket, {&c, 1});
    Turn();
  }
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].body, "abc");
}

TEST_F(InnerLineTest, WhatIsNoSingleAnswerIsA502AndTheConnectionIsNotUsedAgain) {
  for (const std::string_view bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeymeter-Handed-Over: 1\r\n\r\n"}) {
    const FileDescriptor socket = Greet();
    Ask();
    (void)Read(socket);
    Write(socket, bytes);
    Turn();
    ASSERT_EQ(answers_.size(), 1U) << bytes;
    EXPECT_EQ(answers_[0].status, 502) << bytes;
    EXPECT_EQ(Read(socket), "") << bytes;  // closed
    answers_.clear();
    pool_->Tick();  // a new one takes its place
    const FileDescriptor next = Accept();
    EXPECT_TRUE(next.IsOpen());
  }
}

TEST_F(InnerLineTest, AConnectionThatBreaksIsA502ToItsClientAlone) {
  FileDescriptor socket = Greet();
  Ask("/lost");
  Ask("/waits");
  (void)Read(socket);
  socket = FileDescriptor();
  Turn();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].status, 502);
  pool_->Tick();
  socket = Accept();
  Turn();
  (void)Read(socket);
  Write(socket, "HTTP/1.1 204 No Content\r\n\r\n");
  Turn();
  EXPECT_TRUE(Read(socket).starts_with("GET /waits HTTP/1.1\r\n"));
}

TEST_F(InnerLineTest, WhatIsSaidUnaskedEndsTheConnection) {
  const FileDescriptor socket = Greet();
  Write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  Turn();
  EXPECT_EQ(Read(socket), "");
  EXPECT_TRUE(answers_.empty());
}

}  // namespace
}  // namespace keymeter::query_api
