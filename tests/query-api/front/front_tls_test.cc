#include "tests/query-api/front/front_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

using keymeter::testing::RawSocket;

/// The same over TLS.
class FrontTlsTest : public FrontTest {
 protected:
  void StartTls(FakeBackend::AnswerFunction answer) {
    FrontOptions options{.addresses = {*ListenAddress::Parse("tls://127.0.0.1:0", "--listen")}};
    options.tls = TlsFiles{files_.certificate, files_.key};
    StartWith(options, std::move(answer));
  }
  [[nodiscard]] std::unique_ptr<RawSocket> Connect(bool has_small_records = false) const {
    return std::make_unique<RawSocket>(
        front_->addresses().front().ToString(),
        testing::TlsClient{.ca_file = authority_.file(), .has_small_records = has_small_records});
  }

  testing::TempDir directory_;
  testing::CertificateAuthority authority_{directory_.path().string(), "authority"};
  testing::CertificateFiles files_ = authority_.Issue({.name = "front"});
};

TEST_F(FrontTlsTest, EveryByteComesInItsPlaceWhateverTheRecordsAre) {
  const std::string body(300'000, 'z');
  for (const bool has_small_records : {false, true})
    for (const std::size_t padding : {0U, 1U, 100U, 250U, 500U, 512U, 1000U}) {
      StartTls([&](const Request&) {
        Response response;
        response.headers.push_back({"X-Padding", std::string(padding, 'p')});
        response.coded_body = std::make_shared<const std::string>(body);
        return response;
      });
      const auto client = Connect(has_small_records);
      client->Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      const std::string answer = client->ReadUntil("never");
      EXPECT_TRUE(answer.ends_with("Connection: close\r\n\r\n" + body))
          << padding << ", got " << answer.size();
    }
}

TEST_F(FrontTlsTest, WhoClosesHisSendingSideGetsAllAnswers) {
  const auto body = std::make_shared<const std::string>(std::size_t{4} << 20U, 'x');
  StartTls([&](const Request&) {
    Response response;
    response.coded_body = body;
    return response;
  });
  const auto client = Connect();
  client->Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  client->CloseSending();
  EXPECT_GT(client->ReadUntil("never").size(), 2 * body->size());
}

TEST_F(FrontTlsTest, WhoGoesInTheMiddleOfAnAnswerHarmsNobody) {
  StartTls([&](const Request&) {
    Response response;
    response.body = std::string(std::size_t{4} << 20U, 'x');
    return response;
  });
  for (int i = 0; i < 20; ++i) {
    const auto client = Connect();
    client->Send(kRequest);
    EXPECT_NE(client->ReadUntil("xxx"), "");
  }
  AwaitConnections(0);
  const auto client = Connect();
  client->Send(kRequest);
  EXPECT_NE(client->ReadUntil("xxx").find("200 OK"), std::string::npos);
}

TEST_F(FrontTlsTest, AnAddressBeginsOnlySoManyHandshakesASecond) {
  FrontOptions options{.addresses = {*ListenAddress::Parse("tls://127.0.0.1:0", "--listen")}};
  options.tls = TlsFiles{files_.certificate, files_.key};
  options.counts_for = [](const std::string& peer) { return peer; };
  StartWith(options);
  constexpr int kMost = HandshakeLimits::kPerAddressSecond;
  std::vector<std::unique_ptr<RawSocket>> sockets;
  sockets.reserve(kMost + 8);
  for (int i = 0; i < kMost + 8; ++i) sockets.push_back(std::make_unique<RawSocket>(port()));
  // Time stands still: those beyond the number are closed, the others wait for a handshake.
  for (int i = kMost; i < kMost + 8; ++i)
    EXPECT_TRUE(sockets.at(static_cast<std::size_t>(i))->IsClosedByPeer()) << i;
  AwaitConnections(kMost);
  clock_.AdvanceMs(1000);
  EXPECT_EQ(Connect()->PeerName(), "front");
}

TEST_F(FrontTlsTest, ManyHandshakesOfAllComeInTurns) {
  StartTls(Nothing);
  std::vector<std::unique_ptr<RawSocket>> sockets;
  sockets.reserve(std::size_t{4} * HandshakeLimits::kPerTurn);
  for (int i = 0; i < 4 * HandshakeLimits::kPerTurn; ++i) sockets.push_back(Connect());
  for (const auto& socket : sockets) socket->Send(kRequest);
  for (const auto& socket : sockets) EXPECT_NE(socket->ReadUntil("[]").find("200 OK"), std::string::npos);
}

TEST_F(FrontTlsTest, GarbageInPlaceOfAHandshakeIsTheEnd) {
  StartTls(Nothing);
  RawSocket plain(port());
  plain.Send(kRequest);
  EXPECT_TRUE(plain.IsClosedByPeer());
  AwaitConnections(0);
}

}  // namespace
}  // namespace keymeter::query_api
