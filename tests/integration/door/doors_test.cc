// The same API through each kind of door: TCP, IPv6, TLS and unix sockets.

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "tests/integration/door/door_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/http_client.h"
#include "tests/support/ipv6.h"
#include "tests/support/raw_socket.h"
#include "tests/support/web_socket_client.h"

namespace keymeter::testing {
namespace {

namespace fs = std::filesystem;

/// One `--listen` of each kind, and clients that reach it.
class Doors : public DoorTest {
 protected:
  /// The certificate that the program is given lies in served.crt and served.key.
  void Serve(const std::string& name) const {
    const CertificateFiles made = authority_.Issue({.name = name});
    fs::rename(made.certificate, File("served.crt"));
    fs::rename(made.key, File("served.key"));
  }

  [[nodiscard]] std::vector<std::string> Listening(const std::vector<std::string>& addresses) const {
    std::vector<std::string> flags = Flags();
    for (const std::string& address : addresses) flags.insert(flags.end(), {"--listen", address});
    if (std::ranges::any_of(addresses, [](const std::string& each) { return each.starts_with("tls:"); }))
      flags.insert(flags.end(), {"--tls-cert", File("served.crt"), "--tls-key", File("served.key")});
    return flags;
  }

  [[nodiscard]] std::string Unix(const std::string& name = "api.sock") const { return "unix:" + File(name); }
  [[nodiscard]] TlsClient Trusting(int version = 0) const { return {authority_.file(), version}; }

  [[nodiscard]] HttpResponse Get(const std::string& address, const std::string& path,
                                 const HttpHeaders& more = {}) const {
    return Ask("GET", address, path, more);
  }
  [[nodiscard]] HttpResponse Ask(const std::string& method, const std::string& address,
                                 const std::string& path, const HttpHeaders& more = {}) const {
    HttpHeaders headers = {"Authorization: Bearer " + token_};
    headers.insert(headers.end(), more.begin(), more.end());
    return HttpRequest(method, ServerAt(address, authority_.file()), path, headers);
  }

  void ExpectContract(const std::string& address) const {
    SCOPED_TRACE(address);
    EXPECT_EQ(Get(address, "/api/groups").status, 200) << Get(address, "/api/groups").error;
    EXPECT_EQ(HttpRequest("GET", ServerAt(address, authority_.file()), "/api/groups").status, 401);
    EXPECT_EQ(Get(address, "/api/nothing").status, 404);
    EXPECT_EQ(Ask("POST", address, "/api/apikeys").status, 405);
    ExpectList(address);
    const HttpResponse report = Get(address, "/api/export/report?type=usage&format=csv");
    EXPECT_EQ(report.status, 200);
    EXPECT_GT(std::ranges::count(report.body, '\n'), 1) << report.body;
    WebSocketClient socket(address, Trusting(), "/api/ws", {"Authorization: Bearer " + token_});
    ASSERT_EQ(socket.status(), 101) << socket.answer();
    socket.Send(R"({"subscribe":"apikey","id":"key-1"})");
    EXPECT_EQ(socket.Next().at("data").at("keyId"), "key-1");
  }

  const std::string token_ = Token("ann");
  const CertificateAuthority authority_{directory(), "authority"};

 private:
  void ExpectList(const std::string& address) const {
    const std::string path = "/api/groups";
    const HttpResponse list = Get(address, path);
    EXPECT_EQ(list.Json().at(0).at("id"), "group-1");
    EXPECT_EQ(Get(address, path, {"If-None-Match: " + list.headers.at("etag")}).status, 304);
    const HttpResponse packed = Get(address, "/api/apikeys", {"Accept-Encoding: gzip"});
    EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
    EXPECT_TRUE(packed.body.starts_with("\x1f\x8b")) << packed.body;
    const HttpResponse head = Ask("HEAD", address, path);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.headers.at("content-length"), std::to_string(list.body.size()));
    EXPECT_EQ(head.body, "");
  }
};

TEST_F(Doors, OfIpv4) {
  const Program program("serve", Listening({"127.0.0.1:0"}));
  ExpectContract(program.ApiAddresses().front());
}

TEST_F(Doors, OfIpv6) {
  if (!HasIpv6()) GTEST_SKIP() << "this machine has no ::1";
  const Program program("serve", Listening({"[::1]:0"}));
  const std::string address = program.ApiAddresses().front();
  EXPECT_TRUE(address.starts_with("[::1]:")) << address;
  ExpectContract(address);
}

TEST_F(Doors, OfAUnixSocket) {
  const Program program("serve", Listening({Unix()}));
  EXPECT_EQ(program.ApiAddresses().front(), Unix());
  ExpectContract(Unix());
}

TEST_F(Doors, OfTls) {
  Serve("first");
  const Program program("serve", Listening({"tls://127.0.0.1:0"}));
  const std::string address = program.ApiAddresses().front();
  EXPECT_TRUE(address.starts_with("tls://127.0.0.1:")) << address;
  ExpectContract(address);
}

TEST_F(Doors, OfAllKindsAreOpenAtOnce) {
  Serve("first");
  std::vector<std::string> kinds = {"127.0.0.1:0", Unix(), Unix("second.sock"), "tls://127.0.0.1:0"};
  if (HasIpv6()) kinds.insert(kinds.end(), {"[::1]:0", "tls://[::1]:0"});
  const Program program("serve", Listening(kinds));
  const auto addresses = program.ApiAddresses();
  ASSERT_EQ(addresses.size(), kinds.size());
  for (const std::string& address : addresses) ExpectContract(address);
}

TEST_F(Doors, WhoComesByAUnixSocketIsOnThisMachine) {
  Program program("serve", {"--db", File("keymeter.db"), "--listen", Unix()});
  (void)program.ApiAddresses();
  const HttpServer server = ServerAt(Unix());
  EXPECT_EQ(HttpRequest("GET", server, "/api/groups").status, 200);
  EXPECT_EQ(HttpRequest("GET", server, "/api/groups", {"X-Forwarded-For: 192.0.2.1"}).status, 403);
  EXPECT_EQ(HttpRequest("GET", server, "/api/groups", {"Host: example.org"}).status, 403);
}

TEST_F(Doors, OfTlsTakeItsNewVersionsOnly) {
  Serve("first");
  const Program program("serve", Listening({"tls://127.0.0.1:0"}));
  const std::string address = program.ApiAddresses().front();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
    EXPECT_NO_THROW(RawSocket(address, Trusting(version))) << version;
  try {
    const RawSocket old(address, Trusting(TLS1_1_VERSION));
    FAIL() << "TLS 1.1 was taken";
  } catch (const std::runtime_error& refusal) {
    EXPECT_NE(std::string(refusal.what()).find("alert protocol version"), std::string::npos)
        << refusal.what();
  }
}

TEST_F(Doors, OfTlsAnswerNoPlainHttp) {
  Serve("first");
  const Program program("serve", Listening({"tls://127.0.0.1:0"}));
  const std::string address = program.ApiAddresses().front();
  RawSocket plain(AddressIn(address));
  plain.Send("GET /api/groups HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token_ + "\r\n\r\n");
  EXPECT_EQ(plain.ReadUntil("never").find("group-1"), std::string::npos);
  ExpectContract(address);
}

TEST_F(Doors, OfTlsGetAReplacedCertificateWhileTheyAreOpen) {
  Serve("first");
  Program program("serve", Listening({"tls://127.0.0.1:0"}));
  const std::string address = program.ApiAddresses().front();
  const auto name = [&] { return RawSocket(address, Trusting()).PeerName(); };
  const std::string request =
      "GET /api/groups HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token_ + "\r\n\r\n";
  RawSocket kept(address, Trusting());
  kept.Send(request);
  EXPECT_NE(kept.ReadUntil("]").find("200 OK"), std::string::npos);
  EXPECT_EQ(name(), "first");
  Serve("second");
  EXPECT_EQ(name(), "first") << "it is read when a signal says so";
  program.process().Signal(SIGHUP);
  EXPECT_TRUE(WaitFor([&] { return name() == "second"; }));
  kept.Send(request);
  EXPECT_NE(kept.ReadUntil("]").find("200 OK"), std::string::npos);
  EXPECT_EQ(kept.PeerName(), "first");
}

TEST_F(Doors, OfTlsKeepTheirCertificateWhenAnotherIsBroken) {
  Serve("first");
  Program program("serve", Listening({"tls://127.0.0.1:0"}));
  const std::string address = program.ApiAddresses().front();
  WriteFile(File("served.crt"), "no certificate\n");
  program.process().Signal(SIGHUP);
  program.AwaitLine("served.crt");
  EXPECT_EQ(RawSocket(address, Trusting()).PeerName(), "first");
  // A key that belongs to another certificate.
  Serve("second");
  fs::rename(authority_.Issue({.name = "third"}).key, File("served.key"));
  program.process().Signal(SIGHUP);
  program.AwaitLine("served.key");
  EXPECT_EQ(RawSocket(address, Trusting()).PeerName(), "first");
  Serve("fourth");
  program.process().Signal(SIGHUP);
  EXPECT_TRUE(WaitFor([&] { return RawSocket(address, Trusting()).PeerName() == "fourth"; }));
}

TEST_F(Doors, OfTlsNeedACertificateBeforeAnythingIsMade) {
  const auto flags = [&](const std::vector<std::string>& more) {
    // Nobody is at that port: the file is made all the same, as is shown below.
    std::vector<std::string> all = {
        "--redis",  "redis://127.0.0.1:1", "--utc-offset", "+08:00", "--db", File("new.db"),
        "--listen", "tls://127.0.0.1:0",   "--listen",     Unix()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const auto expect_refusal = [&](const std::vector<std::string>& more, const std::string& part) {
    std::vector<std::string> arguments = flags(more);
    arguments.insert(arguments.begin(), {"run", "--probe-listen", "127.0.0.1:0"});
    const Ended ended = RunKeymeter(arguments);
    EXPECT_EQ(ended.exit_code, 2) << ended.error;
    EXPECT_NE(ended.error.find(part), std::string::npos) << ended.error;
    EXPECT_FALSE(fs::exists(File("new.db"))) << part;
    EXPECT_FALSE(fs::exists(File("api.sock"))) << part;
  };
  expect_refusal({}, "--tls-cert");
  expect_refusal({"--tls-cert", "/nowhere.crt", "--tls-key", "/nowhere.key"}, "/nowhere.");
  Serve("first");
  const std::vector<std::string> good = {"--tls-cert", File("served.crt"), "--tls-key", File("served.key")};
  const CertificateFiles other = authority_.Issue({.name = "other"});
  expect_refusal({"--tls-cert", File("served.crt"), "--tls-key", other.key}, other.key);
  const Program program("run", flags(good));
  EXPECT_EQ(program.ApiAddresses().size(), 2U);
  EXPECT_TRUE(fs::exists(File("new.db")));
  EXPECT_TRUE(fs::exists(File("api.sock")));
}

TEST_F(Doors, OfProbesAreAskedByHealthcheck) {
  std::vector<std::string> kinds = {Unix("probe.sock")};
  if (HasIpv6()) kinds.emplace_back("[::1]:0");
  for (const std::string& kind : kinds) {
    const Program program("serve", Flags({"--probe-listen", kind}));
    const std::string address = program.ProbeAddress();
    EXPECT_EQ(address.substr(0, 6), kind.substr(0, 6));
    EXPECT_EQ(HttpRequest("GET", ServerAt(address), "/livez").status, 200) << address;
    for (const char* path : {"--live", "--ready"}) {
      const Ended health = RunKeymeter({"healthcheck", "--probe-listen", address, path});
      EXPECT_EQ(health.exit_code, 0) << address << path << ": " << health.out << health.error;
    }
  }
  const Ended nobody = RunKeymeter({"healthcheck", "--probe-listen", Unix("probe.sock")});
  EXPECT_EQ(nobody.exit_code, 1) << "its server has ended: " << nobody.out;
}

TEST_F(Doors, OfAUnixSocketAreForOwnerAndGroupAndGoAwayAtTheEnd) {
  Program program("serve", Listening({Unix()}));
  (void)program.ApiAddresses();
  struct stat file {};
  ASSERT_EQ(::stat(File("api.sock").c_str(), &file), 0);
  EXPECT_TRUE(S_ISSOCK(file.st_mode));
  EXPECT_EQ(file.st_mode & 07777, 0660U);
  program.process().Signal(SIGTERM);
  EXPECT_EQ(program.process().Wait(), 0);
  EXPECT_FALSE(fs::exists(File("api.sock")));
}

TEST_F(Doors, OfAUnixSocketThatWasLeftBehindAreReplaced) {
  Program killed("serve", Listening({Unix()}));
  (void)killed.ApiAddresses();
  killed.process().Kill();
  ASSERT_TRUE(fs::exists(File("api.sock")));
  const Program program("serve", Listening({Unix()}));
  (void)program.ApiAddresses();
  EXPECT_EQ(Get(Unix(), "/api/groups").status, 200);
}

TEST_F(Doors, OfAUnixSocketThatIsInUseAreRefused) {
  const Program program("serve", Listening({Unix()}));
  (void)program.ApiAddresses();
  const Ended second = RunKeymeter(
      {"serve", "--db", File("keymeter.db"), "--probe-listen", "127.0.0.1:0", "--listen", Unix()});
  EXPECT_NE(second.exit_code, 0);
  for (const std::string& part : {File("api.sock"), std::string("in use"), std::string("--listen")})
    EXPECT_NE(second.error.find(part), std::string::npos) << part << " in " << second.error;
  EXPECT_EQ(Get(Unix(), "/api/groups").status, 200) << "the first still has it";
}

TEST_F(Doors, NeverReplaceAFileThatIsNoSocket) {
  WriteFile(File("notes.txt"), "mine");
  const Ended ended = RunKeymeter(
      {"serve", "--db", File("keymeter.db"), "--probe-listen", "127.0.0.1:0", "--listen", Unix("notes.txt")});
  EXPECT_NE(ended.exit_code, 0);
  EXPECT_NE(ended.error.find("notes.txt"), std::string::npos) << ended.error;
  EXPECT_EQ(ReadFile(File("notes.txt")), "mine");
}

}  // namespace
}  // namespace keymeter::testing
