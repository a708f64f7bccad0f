#include "processor/commands/healthcheck.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace keymeter::processor {
namespace {

constexpr std::int64_t kNever = 3'600'000;  ///< a timeout that only ends a test which has failed

/// Answers one connection with the given bytes, byte by byte with a pause, then stays silent.
class OneAnswer {
 public:
  explicit OneAnswer(std::string bytes, std::chrono::milliseconds pause = {}) : bytes_(std::move(bytes)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, pause] { Serve(pause); });
  }
  /// Over a unix socket; the answer's end is the connection's.
  OneAnswer(const std::string& unix_path, std::string bytes) : bytes_(std::move(bytes)), ends_(true) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    unix_path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    thread_ = std::thread([this] { Serve({}); });
  }
  ~OneAnswer() {
    is_over_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::string Address() const { return fmt::format("127.0.0.1:{}", port_); }

 private:
  void Serve(std::chrono::milliseconds pause) {
    const int client = ::accept(listener_, nullptr, nullptr);
    for (std::size_t i = 0; i < bytes_.size() && !is_over_; ++i) {
      if (::send(client, &bytes_[i], 1, MSG_NOSIGNAL) != 1) break;
      std::this_thread::sleep_for(pause);
    }
    if (ends_) ::shutdown(client, SHUT_WR);
    char byte = 0;
    while (client >= 0 && ::recv(client, &byte, 1, 0) > 0) {
    }
    ::close(client);
  }
  const std::string bytes_;
  const bool ends_ = false;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

std::string Http(std::string_view status, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body);
}

TEST(Healthcheck, TakesTheProbesWord) {
  const OneAnswer well(Http("200 OK", R"({"ok":true})"));
  const auto health = AskHealth(well.Address(), "/healthz", kNever);
  ASSERT_TRUE(health) << health.error().message;
  EXPECT_TRUE(health->is_healthy);
}

TEST(Healthcheck, PassesTheReasonsOn) {
  const OneAnswer ill(Http("503 Service Unavailable", R"({"ok":false,"reasons":["lag 6000 ms","drift"]})"));
  const auto health = AskHealth(ill.Address(), "/healthz", kNever);
  ASSERT_TRUE(health) << health.error().message;
  EXPECT_FALSE(health->is_healthy);
  EXPECT_EQ(health->reasons, (std::vector<std::string>{"lag 6000 ms", "drift"}));
}

TEST(Healthcheck, IsNotTakenInByAnotherServer) {
  for (const std::string& bytes :
       {Http("200 OK", "welcome"), Http("200 OK", "[]"), Http("404 Not Found", "{}"),
        Http("200 OK", std::string(200'000, ' ')), Http("200 OK", std::string(60'000, '[')),
        Http("200 OK",
             R"({"ok":true,"reasons":)" + std::string(30'000, '[') + std::string(30'000, ']') + "}"),
        std::string("+PONG\r\n")}) {
    const OneAnswer stranger(bytes);
    const auto health = AskHealth(stranger.Address(), "/healthz", 300);
    ASSERT_FALSE(health) << bytes.substr(0, 40);
    EXPECT_EQ(health.error().code, ErrorCode::kUnavailable);
  }
}

TEST(Healthcheck, WaitsNoLongerThanAskedForTheWholeAnswer) {
  const OneAnswer silent("");
  EXPECT_FALSE(AskHealth(silent.Address(), "/healthz", 200));
  const OneAnswer trickling(Http("200 OK", std::string(10'000, ' ')), std::chrono::milliseconds(20));
  EXPECT_FALSE(AskHealth(trickling.Address(), "/healthz", 200));
}

TEST(Healthcheck, AsksOverAUnixSocket) {
  const keymeter::testing::TempDir directory;
  const std::string path = directory.File("probe.sock");
  const OneAnswer ill(path, Http("503 Service Unavailable", R"({"ok":false,"reasons":["drift"]})"));
  const auto health = AskHealth("unix:" + path, "/healthz", kNever);
  ASSERT_TRUE(health) << health.error().message;
  EXPECT_FALSE(health->is_healthy);
  EXPECT_EQ(health->reasons, std::vector<std::string>{"drift"});
}

TEST(Healthcheck, OverAUnixSocketTakesNoHalfAnswer) {
  for (const std::string bytes :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\n{\"ok\":true}", "+PONG\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"ok\":true}"}) {
    const keymeter::testing::TempDir directory;
    const OneAnswer half(directory.File("probe.sock"), bytes);
    EXPECT_FALSE(AskHealth("unix:" + directory.File("probe.sock"), "/healthz", kNever)) << bytes;
  }
  const auto nobody = AskHealth("unix:/nowhere/probe.sock", "/healthz", kNever);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(nobody.error().message.find("unix:/nowhere/probe.sock"), std::string::npos);
}

TEST(Healthcheck, OfNobodyNamesTheAddress) {
  std::string address;
  {
    const OneAnswer gone("");
    address = gone.Address();
  }
  const auto health = AskHealth(address, "/healthz", kNever);
  ASSERT_FALSE(health);
  EXPECT_NE(health.error().message.find(address), std::string::npos) << health.error().message;
}

TEST(Healthcheck, RefusesWhatIsNoAddress) {
  for (const char* address :
       {"", "localhost", ":8788", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "h:1x"}) {
    const auto health = AskHealth(address, "/healthz");
    ASSERT_FALSE(health) << address;
    EXPECT_EQ(health.error().code, ErrorCode::kInvalid) << address;
  }
}

}  // namespace
}  // namespace keymeter::processor
