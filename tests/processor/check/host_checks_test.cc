#include <cerrno>

#include "tests/processor/check/facts_fixture.h"

namespace keymeter::check {
namespace {

class HostCheck : public WellFacts {
 protected:
  ListenFacts& Listener() { return facts_.host.listeners[0]; }
};

TEST_F(HostCheck, APortInUseIsAFaultUnlessItIsOurs) {
  Listener().bind_errno = EADDRINUSE;
  Expect("addresses", Severity::kFault, "--listen 127.0.0.1:8787: Address already in use",
         "name another --listen");
  facts_.file.writer.has_processor = true;
  facts_.file.writer.last_flush_ms = kNowMs;
  facts_.file.writer_pid = 4711;
  EXPECT_EQ(Worst("addresses").severity, Severity::kNote);
  EXPECT_NE(Worst("addresses").seen.find("process 4711"), std::string::npos);
}

TEST_F(HostCheck, AnAddressThatCannotBeHadIsAFault) {
  Listener().bind_errno = EACCES;
  Expect("addresses", Severity::kFault, "Permission denied", "below 1024");
  Listener().bind_errno = EADDRNOTAVAIL;
  Expect("addresses", Severity::kFault, "Cannot assign", "an address of this machine");
}

TEST_F(HostCheck, AnAddressThatIsNotLoopbackNeedsAWord) {
  Listener().is_loopback = false;
  Expect("addresses", Severity::kFault, "no credentials", "--no-auth");
  options_.api.access.is_open = true;
  Expect("addresses", Severity::kWarning, "whoever reaches it", "behind a proxy");
  options_.api.access.is_open = false;
  options_.api.access.token_file = "tokens.json";
  EXPECT_EQ(Worst("addresses").severity, Severity::kOk);
}

TEST_F(HostCheck, EachListenAddressIsLookedAt) {
  facts_.host.listeners.push_back({.setting = "listen", .address = "tls://[::]:8443"});
  EXPECT_EQ(Worst("addresses").seen, "127.0.0.1:8787, 127.0.0.1:8788, tls://[::]:8443 can be listened on");
  facts_.host.listeners.back().is_loopback = false;
  Expect("addresses", Severity::kFault, "--listen tls://[::]:8443 is not loopback", "--token-file");
  facts_.host.listeners.back().invalid = Error{.code = ErrorCode::kInvalid, .message = "--listen x: no port"};
  Expect("addresses", Severity::kFault, "--listen x: no port", "--help");
}

TEST_F(HostCheck, WhereAUnixSocketCannotBeIsAFaultThatNamesTheDirectory) {
  Listener() = {
      .setting = "listen", .address = "unix:/run/keymeter/api.sock", .unix_path = "/run/keymeter/api.sock"};
  EXPECT_EQ(Worst("addresses").severity, Severity::kOk);
  Listener().bind_errno = ENOENT;
  Expect("addresses", Severity::kFault, "--listen unix:/run/keymeter/api.sock: No such file",
         "mkdir -p /run/keymeter");
  Listener().bind_errno = EACCES;
  Expect("addresses", Severity::kFault, "Permission denied", "let keymeter write in /run/keymeter");
  Listener().bind_errno = EEXIST;
  Expect("addresses", Severity::kFault, "File exists", "move that file away");
  Listener().bind_errno = EADDRINUSE;
  Expect("addresses", Severity::kFault, "already in use", "ss -lxp");
  Listener().bind_errno = 0;
  Listener().is_directory_for_everybody = true;
  Expect("addresses", Severity::kWarning, "put his own socket there", "/run/keymeter");
}

TEST_F(HostCheck, ACertificateIsLookedAtWhereThereIsOne) {
  EXPECT_EQ(Worst("certificate").seen, "no such line");
  constexpr std::int64_t kDayMs = 86'400'000;
  options_.api.tls_cert = "cert.pem";
  facts_.certificate = CertificateFacts{.begins_ms = kNowMs - kDayMs, .ends_ms = kNowMs + 14 * kDayMs};
  EXPECT_EQ(Worst("certificate").severity, Severity::kOk);
  EXPECT_NE(Worst("certificate").seen.find("cert.pem holds until 20"), std::string::npos);
  facts_.certificate->ends_ms -= 1;
  Expect("certificate", Severity::kWarning, "cert.pem expires in 13 d", "kill -HUP");
  facts_.certificate->ends_ms = kNowMs;
  Expect("certificate", Severity::kFault, "has expired on", "kill -HUP");
  facts_.certificate->begins_ms = kNowMs + 1;
  Expect("certificate", Severity::kFault, "does not hold before", "clock");
  facts_.certificate->invalid = Error{.code = ErrorCode::kInvalid, .message = "--tls-cert cert.pem: X"};
  Expect("certificate", Severity::kFault, "--tls-cert cert.pem: X", "may read");
}

TEST_F(HostCheck, WhoIsLetInIsTold) {
  EXPECT_EQ(Worst("access").seen, "this machine, without credentials");
  options_.api.access.token_file = "tokens.json";
  options_.api.access.jwt_secret_file = "secret";
  EXPECT_EQ(Worst("access").seen, "who has a token of tokens.json, or a JWT signed with secret");
}

TEST_F(HostCheck, CredentialsThatWillNotDoAreAFault) {
  options_.api.access.token_file = "tokens.json";
  facts_.access.refuses_everybody = true;
  Expect("access", Severity::kWarning, "no token in tokens.json", "token create --token-file tokens.json");
  facts_.access.invalid = Error{.code = ErrorCode::kInvalid,
                                .message = "--token-file tokens.json: No such file or directory",
                                .remedy = "make it: X"};
  Expect("access", Severity::kFault, "--token-file tokens.json: No such file", "make it: X");
}

TEST_F(HostCheck, WhereExportsCannotBeWrittenIsAWarningWithTheSetting) {
  Expect("exports", Severity::kOk, "written in /tmp");
  facts_.spool.unusable = MakeError(ErrorCode::kUnavailable, "cannot be made in /tmp: Read-only file system");
  Expect("exports", Severity::kWarning, "in /tmp: Read-only", "--spool-dir");
}

TEST_F(HostCheck, AClockThatIsNotRedisIsAWarningAndThenAFault) {
  facts_.source.clock_ahead_ms = 1500;
  Expect("clock", Severity::kWarning, "Redis' clock is 1.5 s ahead of ours", "run NTP");
  facts_.source.clock_ahead_ms = -90'000;
  Expect("clock", Severity::kFault, "Redis' clock is 90.0 s behind ours", "run NTP");
  facts_.source.clock_ahead_ms.reset();
  EXPECT_EQ(Worst("clock").severity, Severity::kSkipped);
  facts_.host.now_ms = 1000;
  EXPECT_EQ(Worst("clock").severity, Severity::kFault);
}

TEST_F(HostCheck, FewOpenFilesAreAWarning) {
  facts_.host.most_open_files = 64;
  Expect("open files", Severity::kWarning, "64 files", "ulimit -n");
}

TEST_F(HostCheck, SecretsThatLieOpenAreNamed) {
  options_.warnings = {{.message = "everybody may read the password in /etc/pw", .remedy = "chmod 600 it"}};
  Expect("secrets", Severity::kWarning, "everybody may read the password in /etc/pw", "chmod 600 it");
  options_.warnings.clear();
  options_.processor.redis.tls.key_file = "/etc/meter.key";
  facts_.host.is_tls_key_for_everybody = true;
  Expect("secrets", Severity::kWarning, "private key in /etc/meter.key", "chmod 600 /etc/meter.key");
}

}  // namespace
}  // namespace keymeter::check
