// Who may ask from where: listen addresses, Host, proxies and unix sockets.

#include "tests/query-api/access/access_fixture.h"

namespace keymeter::query_api {
namespace {

TEST_F(AccessTest, RefusesWhatAProxyForwardedAndNamesTheRemedy) {
  options_.trusted_proxies = {"127.0.0.1"};
  const auto access = Made();
  for (const char* peer : {"127.0.0.1", "127.0.0.9", "::1", "unix"}) {
    EXPECT_EQ(StatusFor(*access, {local_}, peer), 200) << peer;
    for (const char* name : {"x-forwarded-for", "X-Forwarded-Proto", "X-FORWARDED-HOST", "Forwarded", "Via",
                             "X-Real-IP", "CF-Ray", "True-Client-IP", "X-Client-IP",
                             "X-Envoy-External-Address", "X-Original-URL", "CDN-Loop"})
      EXPECT_EQ(StatusFor(*access, {local_, {name, "for=1.2.3.4"}}, peer), 403) << name << " by " << peer;
  }
  EXPECT_EQ(StatusFor(*access, {local_, {"X-Request-Id", "a"}, {"traceparent", "00-1-1-01"}}), 200);
  const auto caller = access->Check({"GET", "/", "", {local_, {"Forwarded", "for=1.2.3.4"}}});
  EXPECT_NE(caller.error().body.find("--no-auth"), std::string::npos);
  EXPECT_NE(caller.error().body.find("--token-file"), std::string::npos);
}

TEST_F(AccessTest, RefusesHostsThatAreNotOurs) {
  options_.allowed_hosts = {"meter.internal"};
  const auto access = Made();
  EXPECT_EQ(StatusFor(*access, {{"Host", "evil.example"}}), 403);
  EXPECT_EQ(StatusFor(*access, {{"Host", "localhost.evil.example"}}), 403);
  EXPECT_EQ(StatusFor(*access, {}), 403);
  EXPECT_EQ(StatusFor(*access, {{"Host", "meter.internal:443"}}), 200);
}

TEST_F(AccessTest, AnAddressThatOthersReachNeedsCredentialsOrTheOperatorsWord) {
  for (const char* remedy : {"--no-auth", "--token-file", "--jwt-secret-file"})
    EXPECT_NE(Refusal("0.0.0.0:8787").find(remedy), std::string::npos) << remedy;
  options_.allow_open = true;
  EXPECT_EQ(StatusFor(*Made("0.0.0.0:8787"), {{"Host", "any.example"}, {"X-Forwarded-For", "1.2.3.4"}}), 200);
  EXPECT_EQ(StatusFor(*Made("10.1.2.3:80"), {{"Host", "10.1.2.3"}}), 200);
  EXPECT_EQ(StatusFor(*Made("10.1.2.3:80"), {{"Host", "any.example"}}), 403);
  SetUpToken();
  EXPECT_NE(Refusal("0.0.0.0:8787").find("--no-auth and --token-file"), std::string::npos);
  options_.allow_open = false;
  EXPECT_EQ(Refusal("0.0.0.0:8787"), "");
}

TEST_F(AccessTest, OnAllAddressesAnyHostWillDoUnlessSomeAreListed) {
  const Header token = Bearer(SetUpToken());
  EXPECT_EQ(StatusFor(*Made("0.0.0.0:8787"), {{"Host", "any.example"}, token}), 200);
  options_.allowed_hosts = {"meter.internal"};
  EXPECT_EQ(StatusFor(*Made("0.0.0.0:8787"), {{"Host", "any.example"}, token}), 403);
  EXPECT_EQ(StatusFor(*Made("0.0.0.0:8787"), {{"Host", "meter.internal"}, token}), 200);
}

TEST_F(AccessTest, EachOfSeveralAddressesIsAHostOfOurs) {
  const Header token = Bearer(SetUpToken());
  const auto access = MadeOn({"unix:/run/api.sock", "10.1.2.3:80", "tls://[2001:db8::7]:8443"});
  for (const char* host :
       {"localhost", "127.0.0.1", "[::1]", "10.1.2.3", "10.1.2.3:80", "[2001:db8::7]:8443"})
    EXPECT_EQ(StatusFor(*access, {{"Host", host}, token}), 200) << host;
  for (const char* host : {"any.example", "10.1.2.4", "[2001:db8::8]", "", "/run/api.sock", "unix"})
    EXPECT_EQ(StatusFor(*access, {{"Host", host}, token}), 403) << host;
  EXPECT_EQ(StatusFor(*MadeOn({"127.0.0.1:1", "[::]:80"}), {{"Host", "any.example"}, token}), 200);
}

TEST_F(AccessTest, OneAddressThatOthersReachIsEnoughToNeedCredentials) {
  EXPECT_EQ(RefusalOn({"127.0.0.1:1", "[::1]:1", "unix:/run/api.sock", "tls://127.0.0.1:2"}), "");
  for (const char* open : {"[::]:1", "tls://0.0.0.0:8443", "[2001:db8::7]:80", "[::ffff:10.0.0.1]:80"}) {
    const auto address = ListenAddress::Parse(open, "--listen")->ToString();
    EXPECT_NE(RefusalOn({"127.0.0.1:9", open}).find("--listen " + address + ": others can reach"),
              std::string::npos)
        << RefusalOn({"127.0.0.1:9", open});
  }
}

TEST_F(AccessTest, OverAUnixSocketTheHostMustBeOursToo) {
  const auto access = MadeOn({"unix:/run/api.sock"});
  EXPECT_TRUE(access->Check({"GET", "/", "", {local_}, "unix"})->IsAdmin());
  EXPECT_EQ(StatusFor(*access, {{"Host", "evil.example"}}, "unix"), 403);
  EXPECT_EQ(StatusFor(*access, {}, "unix"), 403);
}

TEST_F(AccessTest, SharedAddressesAreThisMachineUnixSocketsAndProxies) {
  options_.trusted_proxies = {"10.0.0.1"};
  const auto access = Made();
  for (const char* address :
       {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "unix", "10.0.0.1", "::ffff:10.0.0.1"})
    EXPECT_TRUE(access->IsSharedAddress(address)) << address;
  for (const char* address : {"10.0.0.2", "::ffff:10.0.0.2", "::2", "", "unix:"})
    EXPECT_FALSE(access->IsSharedAddress(address)) << address;
}

TEST_F(AccessTest, OverUnixSocketsARateIsOfWhomTheTrustedProxyNames) {
  options_.rate_limit = {1, 1};
  options_.allow_open = true;
  options_.trusted_proxies = {"unix:"};
  const auto access = MadeOn({"unix:/run/api.sock"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(StatusFor(*access, {local_}, "unix"), 200) << i;
  const Header first{"X-Forwarded-For", "10.0.0.1"};
  const Header second{"X-Forwarded-For", "10.0.0.2"};
  EXPECT_EQ(StatusFor(*access, {local_, first}, "unix"), 200);
  EXPECT_EQ(StatusFor(*access, {local_, first}, "unix"), 429);
  EXPECT_EQ(StatusFor(*access, {local_, second}, "unix"), 200);
  EXPECT_EQ(access->ClientOf({"GET", "/", "", {local_, first}, "unix"}), "10.0.0.1");
  options_.trusted_proxies.clear();
  EXPECT_EQ(MadeOn({"unix:/run/api.sock"})->ClientOf({"GET", "/", "", {local_, first}, "unix"}), "unix");
}

TEST_F(AccessTest, AnIpv4ClientThatIsWrittenAsIpv6HasOneRate) {
  options_.rate_limit = {1, 1};
  options_.allow_open = true;
  const auto access = Made("[::]:1");
  EXPECT_EQ(StatusFor(*access, {local_}, "10.0.0.1"), 200);
  EXPECT_EQ(StatusFor(*access, {local_}, "::ffff:10.0.0.1"), 429);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(StatusFor(*access, {local_}, "::ffff:127.0.0.1"), 200) << i;
}

}  // namespace
}  // namespace keymeter::query_api
