// Clients that do not finish what they begin hold up nobody, and cost what they must.

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "tests/integration/door/door_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/process_figures.h"
#include "tests/support/raw_socket.h"

namespace keymeter::testing {
namespace {

using Time = std::chrono::steady_clock;
using Sockets = std::vector<std::unique_ptr<RawSocket>>;

constexpr Milliseconds kAtOnce{
    2'000};  ///< far below the 5 s that a stuck head has, far above an answer's milliseconds
constexpr Milliseconds kHeadTime{5'000};

/// An address of this machine that is not loopback: loopback has no cap of connections. Nothing without a
/// network.
std::optional<std::string> OutwardAddress() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(list, &::freeifaddrs);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    if ((each->ifa_flags & IFF_LOOPBACK) != 0 || (each->ifa_flags & IFF_UP) == 0) continue;
    const auto ip = ntohl(reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr.s_addr);
    return fmt::format("{}.{}.{}.{}", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
  }
  return std::nullopt;
}

class SlowClients : public DoorTest {
 protected:
  SlowClients() { AllowOpenFiles(8192); }

  void Start(const std::vector<std::string>& more = {}) {
    std::vector<std::string> flags = Flags({"--access-log", "off"});
    flags.insert(flags.end(), more.begin(), more.end());
    program_ = std::make_unique<Program>("serve", flags);
    front_ = program_->ApiAddresses().front();
  }

  [[nodiscard]] std::string Request(const std::string& target = "/api/groups") const {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token_ + "\r\n\r\n";
  }
  [[nodiscard]] HttpResponse Get(const std::string& address, Milliseconds timeout = kPatience) const {
    return HttpGet("http://" + address + "/api/groups", {"Authorization: Bearer " + token_}, timeout);
  }

  void ExpectAnswersAtOnce() const {
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(Get(front_, kAtOnce).status, 200);
      EXPECT_EQ(HttpGet(program_->Probe("/livez"), {}, kAtOnce).status, 200);
    }
  }

  /// So many that asked once and keep their connection.
  [[nodiscard]] Sockets Idle(int count) const {
    Sockets sockets;
    for (int i = 0; i < count; ++i) {
      auto& socket = *sockets.emplace_back(std::make_unique<RawSocket>(front_));
      socket.Send(Request());
      EXPECT_NE(socket.ReadUntil("]").find("200 OK"), std::string::npos);
    }
    return sockets;
  }
  [[nodiscard]] Sockets Stuck(int count) const {
    Sockets sockets;
    for (int i = 0; i < count; ++i)
      sockets.emplace_back(std::make_unique<RawSocket>(front_))->Send("GET /api/groups HTTP/1.1\r\nX-Slow: ");
    return sockets;
  }

  [[nodiscard]] double Resident() const { return ResidentMebibytes(program_->process().pid()); }
  /// All keys, by more clients at once than there are threads.
  void AskByMany(const std::string& query, std::size_t least_bytes,
                 const std::string& coding = "identity") const {
    constexpr int kClients = 24;
    std::vector<std::thread> clients;
    clients.reserve(kClients);
    for (int i = 0; i < kClients; ++i)
      clients.emplace_back([&] {
        const HttpResponse list = HttpGet("http://" + front_ + "/api/apikeys?" + query,
                                          {"Authorization: Bearer " + token_, "Accept-Encoding: " + coding});
        EXPECT_EQ(list.status, 200) << list.error;
        EXPECT_GE(list.body.size(), least_bytes);
      });
    for (std::thread& client : clients) client.join();
  }
  void ExpectMemoryBack(double before) const {
    if (!MemoryIsItsOwn()) return;
    EXPECT_TRUE(WaitFor([&] { return Resident() < before + 20; }))
        << before << " to " << Resident() << " MiB";
  }

  const std::string token_ = Token("ann");
  std::unique_ptr<Program> program_;
  std::string front_;
};

TEST_F(SlowClients, WhoTricklesItsHeadIsToldSoAfterItsTime) {
  Start();
  RawSocket socket(front_);
  const auto begin = Time::now();
  socket.Send("GET /api/groups HTTP/1.1\r\nX: ");
  std::string answer;
  while (answer.empty() && Time::now() - begin < kPatience) {
    (void)socket.SendSome("x");
    (void)socket.ReadMore(answer, Milliseconds(100));
  }
  answer += socket.ReadUntil("never");
  EXPECT_GE(Time::now() - begin, kHeadTime - Milliseconds(100)) << "its time is for the whole head";
  EXPECT_EQ(StatusesIn(answer), std::vector<int>{408}) << answer;
  EXPECT_TRUE(socket.IsClosedByPeer());
}

TEST_F(SlowClients, WhoTricklesALaterHeadOfAKeptConnectionToo) {
  Start();
  RawSocket socket(front_);
  socket.Send(Request());
  EXPECT_NE(socket.ReadUntil("]").find("200 OK"), std::string::npos);
  socket.Send("GET ");
  EXPECT_EQ(StatusesIn(socket.ReadUntil("never")), std::vector<int>{408});
}

TEST_F(SlowClients, WhoClosesItsSideAfterItsRequestStillGetsTheAnswer) {
  Start();
  for (int i = 0; i < 50; ++i) {
    RawSocket socket(front_);
    socket.Send(Request());
    socket.CloseSending();
    const std::string answer = socket.ReadUntil("never");
    EXPECT_EQ(StatusesIn(answer), std::vector<int>{200});
    EXPECT_TRUE(answer.ends_with("]")) << answer;
  }
}

TEST_F(SlowClients, WhoTakesNothingIsDroppedAndItsMemoryGivenBack) {
  Start({"--answer-cache", "off"});
  ExpectAnswersAtOnce();
  const double before = Resident();
  const std::size_t files = OpenFiles(program_->process().pid());
  Sockets readers;
  for (int i = 0; i < 200; ++i) {
    auto& reader = *readers.emplace_back(std::make_unique<RawSocket>(front_, 4096));
    std::string requests;
    for (int k = 0; k < 200; ++k) requests += Request("/openapi.json");
    (void)reader.SendSome(requests);
  }
  ExpectAnswersAtOnce();
  // They see nothing of it, since they do not read: the server's own files tell, some of which come and go.
  constexpr std::size_t kComeAndGo = 10;
  EXPECT_GE(OpenFiles(program_->process().pid()) + kComeAndGo, files + readers.size());
  EXPECT_TRUE(
      WaitFor(2 * kPatience, [&] { return OpenFiles(program_->process().pid()) < files + kComeAndGo; }));
  ExpectMemoryBack(before);
}

TEST_F(SlowClients, LargeListsLeaveNoMemory) {
  if (!MemoryIsItsOwn()) GTEST_SKIP() << "a sanitizer keeps memory, and makes such lists too slowly";
  ChildProcess fill({"sqlite3", File("keymeter.db"),
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
                     "INSERT INTO api_key (id, name, description) SELECT 'x' || i, 'name', "
                     "printf('%.500c', 'd') FROM n"});
  ASSERT_EQ(fill.Wait(), 0) << fill.StandardError();
  Start({"--answer-cache", "off"});
  AskByMany("search=nobody", 2);  // fills the caches of SQLite, which stay
  const double before = Resident();
  AskByMany("limit=10000", std::size_t{2000} * 500);
  ExpectMemoryBack(before);
  AskByMany("limit=10000", 1000, "gzip");  // what is sent is small, what was made is not
  ExpectMemoryBack(before);
}

TEST_F(SlowClients, CrowdsOfThemHoldUpNobodyAndLeaveNoMemory) {
  Start();
  ExpectAnswersAtOnce();
  const double before = Resident();
  {
    const Sockets idle = Idle(2000);
    const Sockets stuck = Stuck(1000);
    ExpectAnswersAtOnce();
    for (const auto& socket : idle) socket->Send(Request());
    for (const auto& socket : idle) ASSERT_NE(socket->ReadUntil("]").find("200 OK"), std::string::npos);
    ExpectAnswersAtOnce();
  }
  ExpectMemoryBack(before);
}

TEST_F(SlowClients, AtTheCapOfConnectionsTheOldestStuckGoesFirst) {
  Start({"--max-connections", "32"});
  const Sockets kept = Idle(8);
  const Sockets stuck = Stuck(24);
  const Sockets late = Idle(4);
  for (std::size_t i = 0; i < late.size(); ++i) EXPECT_TRUE(stuck[i]->IsClosedByPeer(kAtOnce)) << i;
  RawSocket last(front_);
  last.Send(Request());
  EXPECT_NE(last.ReadUntil("]").find("200 OK"), std::string::npos);
  for (const auto& sockets : {&kept, &late})
    for (const auto& socket : *sockets) {
      socket->Send(Request());
      EXPECT_NE(socket->ReadUntil("]").find("200 OK"), std::string::npos) << "who works goes last";
    }
}

TEST_F(SlowClients, OfOneAddressOnlySoManyAreLetIn) {
  const auto outward = OutwardAddress();
  if (!outward) GTEST_SKIP() << "this machine has loopback alone, which has no cap";
  Start({"--listen", *outward + ":0", "--listen", "127.0.0.1:0", "--max-connections-per-address", "4"});
  const auto addresses = program_->ApiAddresses();
  front_ = addresses.at(0);
  Sockets kept = Idle(4);
  const HttpResponse refused = Get(front_);
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(refused.headers.count("retry-after"), 1U);
  EXPECT_EQ(Get(addresses.at(1)).status, 200) << "another address has its own";
  kept.pop_back();
  EXPECT_TRUE(WaitFor([&] { return Get(front_).status == 200; }));
}

}  // namespace
}  // namespace keymeter::testing
