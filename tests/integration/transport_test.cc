// Every way to reach a Redis: what is written there is metered, and what is in the way is named.

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/source_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/ipv6.h"

namespace keymeter::testing {
namespace {

using processor::RedisTarget;

class Transport : public SourceFixture {
 protected:
  RedisServer TlsServer(const CertificateSubject& subject, bool demands_certificate = false,
                        std::vector<std::string> arguments = {}) {
    return RedisServer({.arguments = std::move(arguments),
                        .tls = RedisServer::Tls{ca_.Issue(subject), ca_.file(), demands_certificate}});
  }
  /// rediss://, with the test's CA.
  RedisTarget Trusting(const std::string& url) {
    RedisTarget target = Target(url);
    target.tls.ca_file = ca_.file();
    return target;
  }
  static std::string WithHost(const RedisServer& redis, const std::string& host) {
    return fmt::format("rediss://{}:{}", host, redis.port());
  }

  TempDir files_;
  CertificateAuthority ca_{files_.path().string(), "Test-CA"};
  CertificateAuthority other_ca_{files_.path().string(), "Other-CA"};
};

TEST_F(Transport, AUnixSocketIsMetered) {
  const RedisServer redis({.password = "p@ss/word"});
  Meter(fmt::format("unix://:p%40ss%2Fword@{}", redis.SocketPath()));
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Transport, AUnixSocketsDatabaseIsMetered) {
  const RedisServer redis;
  Meter(fmt::format("unix://{}?db=3", redis.SocketPath()));
  EXPECT_TRUE(MetersLive(redis, 3));
}

TEST_F(Transport, AMissingUnixSocketIsNamedAndMeteredAsSoonAsItIsThere) {
  RedisServer redis;
  redis.Stop();
  Meter("unix://" + redis.SocketPath());
  ExpectProblem(
      fmt::format("connect to {}: No such file or directory: is this the `unixsocket`", redis.SocketPath()));
  redis.Start();
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Transport, AnIpv6AddressIsMetered) {
  if (!HasIpv6()) GTEST_SKIP() << "this machine has no ::1";
  const RedisServer redis({.arguments = {"--bind", "::1"}});
  Meter(fmt::format("redis://[::1]:{}", redis.port()));
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Transport, ANameIsLookedUpAndEveryAddressOfItTried) {
  const RedisServer redis;  // on 127.0.0.1 only; localhost may be ::1 first
  Meter(fmt::format("redis://localhost:{}", redis.port()));
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Transport, ANameThatNobodyKnowsIsNamed) {
  Meter("redis://no-such-host.invalid");
  ExpectProblem("look up the host 'no-such-host.invalid': ");
}

TEST_F(Transport, TlsIsMeteredByNameAndByAddress) {
  const RedisServer redis = TlsServer({.name = "server"});
  Meter(Trusting(WithHost(redis, "localhost")));
  EXPECT_TRUE(MetersLive(redis));
  Meter(Trusting(redis.url()));
  Use(redis.Connect(), 3);
  EXPECT_TRUE(Shows(10));
}

TEST_F(Transport, TlsComesBackAfterTheServerWent) {
  RedisServer redis = TlsServer({.name = "server"});
  Meter(Trusting(redis.url()));
  EXPECT_TRUE(MetersLive(redis));
  redis.Stop(RedisServer::Data::kKept);
  ExpectProblem("Connection refused");
  redis.Start();
  Use(redis.Connect(), 3);
  EXPECT_TRUE(Shows(10));
}

TEST_F(Transport, TlsOfAnUnknownAuthorityIsRefusedUntilItIsTrusted) {
  const RedisServer redis = TlsServer({.name = "server"});
  RedisTarget target = Target(redis.url());
  Meter(target);
  ExpectProblem(
      "is signed by 'Test-CA', which the system's store does not hold: name the CA's certificate "
      "with --redis-ca FILE");
  target.tls.ca_file = files_.File("trusted.crt");
  WriteFile(target.tls.ca_file, ReadFile(other_ca_.file()));
  Meter(target);
  ExpectProblem("which " + target.tls.ca_file + " does not hold");
  WriteFile(target.tls.ca_file, ReadFile(ca_.file()));
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Transport, TlsOfAnotherNameIsRefusedWithBothNames) {
  const RedisServer redis = TlsServer({.name = "server", .alternatives = "DNS:redis.example,IP:10.0.0.1"});
  RedisTarget target = Trusting(redis.url());
  Meter(target);
  ExpectProblem(
      "is for 'redis.example', '10.0.0.1', not for '127.0.0.1': use such a name in --redis, or "
      "give it with --redis-server-name");
  Meter(Trusting(WithHost(redis, "localhost")));
  ExpectProblem("not for 'localhost'");
  target.tls.server_name = "redis.example";
  Meter(target);
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Transport, TlsThatExpiredIsRefusedUntilItIsRenewed) {
  RedisServer redis = TlsServer({.name = "old", .begins_s = -7200, .ends_s = -3600});
  Meter(Trusting(redis.url()));
  ExpectProblem("the certificate 'old' of the server expired at 20");
  redis.Stop();
  redis.SetTls({ca_.Issue({.name = "renewed"}), ca_.file()});
  redis.Start();
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Transport, TlsThatIsNotValidYetIsRefused) {
  const RedisServer redis = TlsServer({.name = "early", .begins_s = 3600, .ends_s = 7200});
  Meter(Trusting(redis.url()));
  ExpectProblem("is the clock right?");
}

TEST_F(Transport, TlsWithoutAnyCheckIsMeteredWhereItIsAskedFor) {
  const RedisServer redis = TlsServer({.name = "old", .alternatives = "DNS:other", .ends_s = -60});
  RedisTarget target = Target(redis.url());
  target.tls.verify = false;
  Meter(target);
  EXPECT_TRUE(MetersLive(redis));
}

TEST_F(Transport, TlsOfTheFirstVersionsIsRefused) {
  const RedisServer redis = TlsServer({.name = "server"}, false,
                                      {"--tls-protocols", "TLSv1.1", "--tls-ciphers", "ALL:@SECLEVEL=0"});
  Meter(Trusting(redis.url()));
  ExpectProblem("the server speaks neither TLS 1.2 nor 1.3");
}

class ClientCertificate : public Transport, public ::testing::WithParamInterface<const char*> {
 protected:
  const RedisServer redis_ = TlsServer({.name = "server"}, true, {"--tls-protocols", GetParam()});
  RedisTarget target_ = Trusting(redis_.url());

  void Present(const CertificateFiles& ours) {
    target_.tls.certificate_file = ours.certificate;
    target_.tls.key_file = ours.key;
    Meter(target_);
  }
};

TEST_P(ClientCertificate, ThatIsDemandedIsAskedForAndLetsUsIn) {
  Meter(target_);
  ExpectProblem("the server demands a certificate of ours: give it with --redis-cert FILE and --redis-key");
  Present(ca_.Issue({.name = "meter"}));
  EXPECT_TRUE(MetersLive(redis_));
}

TEST_P(ClientCertificate, OfAnotherAuthorityIsNamed) {
  const CertificateFiles ours = other_ca_.Issue({.name = "stranger"});
  Present(ours);
  ExpectProblem("the server refuses our certificate (--redis-cert " + ours.certificate + ")");
}

INSTANTIATE_TEST_SUITE_P(Versions, ClientCertificate, ::testing::Values("TLSv1.2", "TLSv1.3"),
                         [](const auto& version) { return "Tls1" + std::string(version.param + 6); });

TEST_F(Transport, FilesThatCannotBeReadAreNamedWithTheirFlags) {
  const RedisServer redis = TlsServer({.name = "server"});
  RedisTarget target = Trusting(redis.url());
  target.tls.ca_file = files_.File("none.crt");
  Meter(target);
  ExpectProblem("--redis-ca " + files_.File("none.crt") + ": No such file or directory");
  WriteFile(files_.File("empty.crt"), "no PEM\n");
  target.tls.ca_file = files_.File("empty.crt");
  Meter(target);
  ExpectProblem("--redis-ca " + files_.File("empty.crt") + ": no ");
  target = Trusting(redis.url());
  target.tls.certificate_file = ca_.Issue({.name = "meter"}).certificate;
  Meter(target);
  ExpectProblem("--redis-key");
  target.tls.key_file = ca_.Issue({.name = "someone"}).key;
  Meter(target);
  ExpectProblem("--redis-key " + target.tls.key_file + ": ");
}

TEST_F(Transport, TlsToAPlainPortNamesTheRightScheme) {
  const RedisServer redis;
  RedisTarget target = Trusting(WithHost(redis, "127.0.0.1"));
  target.timeouts.connect_ms = 200;  // Redis takes the handshake for a command that is not whole yet
  Meter(target);
  ExpectProblem("waited for the server's part of the TLS handshake: use redis:// if it does not speak TLS");
}

TEST_F(Transport, PlainToATlsPortNamesTheRightScheme) {
  const RedisServer redis = TlsServer({.name = "server"});
  Meter(fmt::format("redis://127.0.0.1:{}", redis.port()));
  ExpectProblem("without a word: use rediss:// if it speaks TLS on this port");
}

/// A listener that takes connections and says nothing.
class SilentServer {
 public:
  SilentServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(file_, reinterpret_cast<sockaddr*>(&address), size) != 0)
      throw std::runtime_error("no port of loopback is free");
    ::listen(file_, 16);
    ::getsockname(file_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(file_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  [[nodiscard]] int port() const { return port_; }

 private:
  int file_ = ::socket(AF_INET, SOCK_STREAM, 0);
  int port_ = 0;
};

TEST_F(Transport, AServerThatSaysNothingIsLeftAfterTheTimeForConnecting) {
  const SilentServer server;
  RedisTarget target = Target(fmt::format("redis://127.0.0.1:{}", server.port()));
  target.timeouts = {.connect_ms = 100, .command_ms = 60'000, .silence_ms = 60'000};
  Meter(target);
  ExpectProblem("no answer in 0.1 s: waited for a reply");
  target.url.transport = processor::RedisUrl::Transport::kTls;
  Meter(target);
  ExpectProblem("no answer in 0.1 s: waited for the server's part of the TLS handshake: use redis:// if");
}

TEST_F(Transport, AServerThatHangsIsLeftWhenAHeartbeatIsMissed) {
  RedisServer redis;
  RedisTarget target = Target(redis.url());
  target.timeouts = {.connect_ms = 5000, .command_ms = 60'000, .silence_ms = 2000};
  Meter(target);
  EXPECT_TRUE(MetersLive(redis));
  redis.Pause();
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(10);
    return Problem().find("no answer in 2 s: waited for a heartbeat") != std::string::npos;
  })) << Problem();
  redis.Resume();
  Use(redis.Connect(), 3);
  EXPECT_TRUE(Shows(10));
}

TEST_F(Transport, AServerThatHangsIsLeftWhenACommandIsNotAnswered) {
  RedisServer redis;
  RedisTarget target = Target(redis.url());
  target.timeouts = {.connect_ms = 5000, .command_ms = 2000, .silence_ms = 60'000};
  Meter(target);
  EXPECT_TRUE(MetersLive(redis));
  redis.Pause();
  EXPECT_TRUE(WaitFor([&] {
    clock_.AdvanceMs(100);  // the groups and the open hour are looked at by and by
    return Problem().find("no answer in 2 s: waited for a command") != std::string::npos;
  })) << Problem();
  redis.Resume();
  Use(redis.Connect(), 3);
  EXPECT_TRUE(Shows(10));
}

}  // namespace
}  // namespace keymeter::testing
