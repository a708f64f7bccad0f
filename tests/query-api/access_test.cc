#include "query-api/access.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

Access Made(const char* listen, bool allow_open = false, std::vector<std::string> hosts = {}) {
  return *Access::Make(*ListenAddress::Parse(listen, "--listen"), allow_open, std::move(hosts));
}

int StatusFor(const Access& access, std::vector<Header> headers) {
  const auto caller = access.Check({"GET", "/", "", std::move(headers)});
  return caller ? 200 : caller.error().status;
}

TEST(Access, LetsThisMachineIn) {
  const Access access = Made("127.0.0.1:8787");
  for (const char* host : {"127.0.0.1:8787", "localhost", "LOCALHOST:80", "[::1]:8787", "[::1]"})
    EXPECT_EQ(StatusFor(access, {{"Host", host}}), 200) << host;
}

TEST(Access, RefusesWhatAProxyForwardedAndNamesTheRemedy) {
  const Access access = Made("127.0.0.1:8787");
  EXPECT_EQ(StatusFor(access, {{"Host", "localhost"}, {"x-forwarded-for", "1.2.3.4"}}), 403);
  EXPECT_EQ(StatusFor(access, {{"Host", "localhost"}, {"Forwarded", "for=1.2.3.4"}}), 403);
  const auto caller = access.Check({"GET", "/", "", {{"Host", "localhost"}, {"Forwarded", ""}}});
  EXPECT_NE(caller.error().body.find("--no-auth"), std::string::npos);
}

TEST(Access, RefusesHostsThatAreNotOurs) {
  const Access access = Made("127.0.0.1:8787", false, {"meter.internal"});
  EXPECT_EQ(StatusFor(access, {{"Host", "evil.example"}}), 403);
  EXPECT_EQ(StatusFor(access, {{"Host", "localhost.evil.example"}}), 403);
  EXPECT_EQ(StatusFor(access, {}), 403);
  EXPECT_EQ(StatusFor(access, {{"Host", "meter.internal:443"}}), 200);
}

TEST(Access, AnAddressThatOthersReachNeedsTheOperatorsWord) {
  const auto listen = *ListenAddress::Parse("0.0.0.0:8787", "--listen");
  const auto refused = Access::Make(listen, false);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("--no-auth"), std::string::npos);
  const Access open = Made("0.0.0.0:8787", true);
  EXPECT_EQ(StatusFor(open, {{"Host", "any.example"}, {"X-Forwarded-For", "1.2.3.4"}}), 200);
  EXPECT_EQ(StatusFor(Made("10.1.2.3:80", true), {{"Host", "10.1.2.3"}}), 200);
  EXPECT_EQ(StatusFor(Made("10.1.2.3:80", true), {{"Host", "any.example"}}), 403);
}

TEST(ListenAddress, TakesIpv4AndLocalhost) {
  const auto address = ListenAddress::Parse("localhost:0", "--listen");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->ToString(), "127.0.0.1:0");
  EXPECT_TRUE(address->IsLoopback());
  EXPECT_FALSE(ListenAddress::Parse("10.0.0.1:65535", "--listen")->IsLoopback());
}

TEST(ListenAddress, NamesTheFlagAndWhatIsWrong) {
  for (const char* text :
       {"", "8787", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80s", "[::1]:80",
        "::1:80", "host.example:80", ":80", "127.0.0.1:80,9090"}) {
    const auto address = ListenAddress::Parse(text, "--probe-listen");
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().message.find("--probe-listen "), 0U) << text;
  }
}

}  // namespace
}  // namespace keymeter::query_api
