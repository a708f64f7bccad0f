// Bytes that an earlier client left in a buffer never become part of another one's request. Each victim is an
// administrator whose request ends in another way; each attacker has no token, and sends what makes a
// careless parser read on behind it. All workers are used by victims first: the limits are the default ones.

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/integration/door/door_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/raw_socket.h"

namespace keymeter::testing {
namespace {

constexpr int kCrowd = 560;  ///< more than any pool of threads that the door has had
constexpr int kInnerCrowd =
    64;  ///< more than there are inside, where two threads serve all strangers in turn
/// These keep their side open; the others close it, so that they are answered at once.
constexpr int kStaysEvery = 10;
constexpr std::size_t kPad = 300;
constexpr int kLength = 520;  ///< of a victim's head, about

/// Without the last empty line.
std::string VictimHead(const std::string& token, const std::string& begin = "GET /api/apikeys?limit=1") {
  return fmt::format("{} HTTP/1.1\r\nHost: localhost\r\nX-Pad: {}\r\nAuthorization: Bearer {}\r\n", begin,
                     std::string(kPad, 'p'), token);
}

using Victim = void (*)(RawSocket&, const std::string& token);

void Ask(RawSocket& socket, const std::string& request, std::string_view last) {
  socket.Send(request);
  (void)socket.ReadUntil(last);
}

/// How an administrator's request can end.
const std::vector<Victim> kVictims = {
    [](RawSocket& s, const std::string& token) { Ask(s, VictimHead(token) + "\r\n", "]"); },
    [](RawSocket& s, const std::string& token) {
      Ask(s, VictimHead(token, "GET /api/apikeys\t") + "\r\n", "}");
    },
    [](RawSocket& s, const std::string& token) {
      Ask(s, VictimHead(token) + "\r\n" + VictimHead(token) + "Connection: close\r\n\r\n", "never");
    },
    [](RawSocket& s, const std::string& token) { s.Send(VictimHead(token) + "X-Cut: off"); },
    [](RawSocket& s, const std::string& token) {
      for (int i = 0; i < 2; ++i) Ask(s, VictimHead(token) + "\r\n", "]");
    },
    [](RawSocket& s, const std::string& token) {
      Ask(s, VictimHead(token, "HEAD /api/apikeys") + "\r\n", "\r\n\r\n");
    },
    [](RawSocket& s, const std::string& token) {
      Ask(s, VictimHead(token, "POST /api/apikeys") + "Content-Length: 9\r\n\r\n" + "some body", "}");
    },
    [](RawSocket& s, const std::string& token) {
      Ask(s,
          VictimHead(token, "GET /api/ws") +
              "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
          "\r\n\r\n");
    },
};

struct Attack {
  std::string before;   ///< a whole request on the same connection
  std::string begin;    ///< what may look like the end of a head
  std::string blanks;   ///< of which padding is made
  std::string request;  ///< that has no end
};

std::vector<Attack> Attacks() {
  const std::string refused = "GET /api/apikeys HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string endless = "GET /api/apikeys?limit=1 HTTP/1.1\r\nHost: localhost\r\nX-Pad: ";
  std::vector<Attack> attacks;
  for (const std::string& before : {std::string(), refused})
    for (const std::string begin : {"\r\n\r\n", ""})
      for (const std::string& blank : {std::string(" "), std::string("\t"), std::string("\r"),
                                       std::string("\n"), std::string(1, '\0'), std::string("\v")})
        attacks.push_back({before, begin, blank, endless});
  attacks.push_back({"", "\r\n\r\n", " ", ""});  // padding alone: the rest is the victim's
  attacks.push_back({refused, "\r\n\r\n", "\r\n", ""});
  return attacks;
}

/// Of each of a crowd, the length is another one.
std::string BytesOf(const Attack& attack, int i) {
  const std::size_t length = 8 + static_cast<std::size_t>(i * 37 % (2 * kLength));
  std::string bytes = attack.begin;
  if (attack.request.empty()) {
    while (bytes.size() < length) bytes += attack.blanks;
    return bytes;
  }
  for (int k = 0; k < i % 3; ++k) bytes += attack.blanks;
  bytes += attack.request;
  if (bytes.size() < length) bytes.append(length - bytes.size(), 'a');
  return bytes;
}

class StaleBytes : public DoorTest {
 protected:
  StaleBytes() { AllowOpenFiles(8192); }

  void SendVictims(const std::string& address, std::size_t round) const {
    for (std::size_t i = 0; i < kCrowd; ++i) {
      RawSocket socket(address);
      kVictims[(i + round) % kVictims.size()](socket, token_);
    }
  }

  /// One crowd of attackers. Those that stay are judged at the end, when all have been cut off.
  void SendAttackers(const std::string& address, const Attack& attack) {
    for (int i = 0; i < crowd_; ++i) {
      auto socket = std::make_unique<RawSocket>(address);
      if (!attack.before.empty()) {
        socket->Send(attack.before);
        Judge(socket->ReadUntil("}"), attack);
      }
      if (!socket->SendSome(BytesOf(attack, i))) continue;
      if (crowd_ == kCrowd && i % kStaysEvery == 0) {
        staying_.emplace_back(std::move(socket), attack);
        continue;
      }
      socket->CloseSending();
      Judge(socket->ReadUntil("never"), attack);
    }
  }

  void JudgeThoseWhoStayed() {
    for (const auto& [socket, attack] : staying_) Judge(socket->ReadUntil("never"), attack);
    staying_.clear();
  }

  void Judge(const std::string& answers, const Attack& attack) {
    // 429: who comes without credentials too often. Who has them is let in nevertheless, so it hides nothing.
    static const std::vector<int> allowed = {400, 401, 403, 408, 413, 414, 429, 431, 501, 505};
    const std::vector<int> statuses = StatusesIn(answers);
    const bool is_refused = std::ranges::all_of(
        statuses, [](int status) { return std::ranges::find(allowed, status) != allowed.end(); });
    if (is_refused && answers.find("keyId") == std::string::npos) return;
    if (++taken_ == 1)
      ADD_FAILURE() << fmt::format("{:?} with {:?} got {}:\n{}", attack.begin, attack.blanks,
                                   fmt::join(statuses, ", "), answers.substr(0, 500));
  }

  /// Victims and attackers in turn; attackers at `target`.
  void Attack(const std::string& front, const std::string& target) {
    std::size_t round = 0;
    for (const struct Attack& attack : Attacks()) {
      SendVictims(front, round++);
      SendAttackers(target, attack);
      ASSERT_EQ(taken_, 0) << "answers that were another one's, in round " << round;
    }
    JudgeThoseWhoStayed();
    EXPECT_EQ(taken_, 0);
  }

  /// Ports that nobody was told: those inside.
  [[nodiscard]] std::vector<std::string> InnerAddresses() {
    std::vector<std::string> inner;
    for (const int port : ListeningPorts(program_.process().pid())) {
      std::string address = fmt::format("127.0.0.1:{}", port);
      if (address != front_ && address != AddressIn(program_.Probe(""))) inner.push_back(std::move(address));
    }
    return inner;
  }

  const std::string token_ = Token("ann");
  Program program_{"serve", Flags({"--access-log", "off"})};
  const std::string front_ = program_.ApiAddresses().front();
  int crowd_ = kCrowd;
  int taken_ = 0;

 private:
  std::vector<std::pair<std::unique_ptr<RawSocket>, struct Attack>> staying_;
};

TEST_F(StaleBytes, OfAnotherClientNeverCompleteARequest) {
  Attack(front_, front_);
  EXPECT_EQ(HttpGet(program_.Api("/api/apikeys?limit=1"), {"Authorization: Bearer " + token_}).status, 200);
}

TEST_F(StaleBytes, AreOfNoUseOnTheInnerPort) {
  const auto inner = InnerAddresses();
  ASSERT_FALSE(inner.empty()) << "civetweb listens on a port of 127.0.0.1";
  crowd_ = kInnerCrowd;
  for (const std::string& address : inner) Attack(front_, address);
  EXPECT_EQ(HttpGet(program_.Api("/api/apikeys?limit=1"), {"Authorization: Bearer " + token_}).status, 200);
}

TEST_F(StaleBytes, TheInnerPortServesNobodyElse) {
  const auto inner = InnerAddresses();
  ASSERT_FALSE(inner.empty()) << "civetweb listens on a port of 127.0.0.1";
  for (const std::string& address : inner)
    for (int i = 0; i < 64; ++i) {
      RawSocket socket(address);
      socket.Send(VictimHead(token_) + "\r\n");
      Judge(socket.ReadUntil("}"),
            {.before = "", .begin = "the administrator's own token", .blanks = "", .request = ""});
    }
}

TEST_F(StaleBytes, WhoHoldsTheInnerPortHoldsUpNobody) {
  const auto inner = InnerAddresses();
  ASSERT_FALSE(inner.empty()) << "civetweb listens on a port of 127.0.0.1";
  std::vector<std::unique_ptr<RawSocket>> held;
  for (const std::string& address : inner)
    for (int i = 0; i < 64; ++i) held.push_back(std::make_unique<RawSocket>(address));
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(HttpGet(program_.Api("/api/apikeys?limit=1"), {"Authorization: Bearer " + token_}).status, 200);
}

}  // namespace
}  // namespace keymeter::testing
