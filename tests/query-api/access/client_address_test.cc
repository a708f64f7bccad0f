#include "query-api/access/client_address.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

using Hops = std::vector<std::string>;

/// The client of a request that a peer sends with these headers; "400" when it is refused.
std::string ClientBehind(const Hops& trusted, const std::string& peer, std::vector<Header> headers) {
  const auto proxies = TrustedProxies::Parse(trusted);
  const auto client = proxies->ClientOf({"GET", "/", "", std::move(headers), peer});
  return client ? *client : "400";
}

TEST(TrustedProxies, BelieveNobodyElse) {
  EXPECT_EQ(ClientBehind({}, "10.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}}), "10.0.0.1");
  EXPECT_EQ(ClientBehind({"10.0.0.2"}, "10.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}}), "10.0.0.1");
  EXPECT_EQ(ClientBehind({"10.0.0.1"}, "10.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}}), "1.2.3.4");
  EXPECT_EQ(ClientBehind({"10.0.0.1"}, "10.0.0.1", {}), "10.0.0.1");
}

TEST(TrustedProxies, NameTheNearestHopThatIsNoneOfThem) {
  const Hops trusted = {"10.0.0.0/8", "fd00::/8"};
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.1", {{"X-Forwarded-For", "6.6.6.6, 1.2.3.4, 10.9.9.9"}}),
            "1.2.3.4");
  EXPECT_EQ(
      ClientBehind(trusted, "10.0.0.1", {{"X-Forwarded-For", "6.6.6.6"}, {"x-forwarded-for", "1.2.3.4"}}),
      "1.2.3.4");
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.1", {{"X-Forwarded-For", "10.1.1.1, 10.2.2.2"}}), "10.1.1.1");
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.1", {{"X-Forwarded-For", "6.6.6.6, nonsense, 10.2.2.2"}}),
            "10.2.2.2");
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.1",
                         {{"Forwarded", "for=6.6.6.6, for=\"[2001:db8::1]:99\", for=\"[fd00::1]\""}}),
            "2001:db8::1");
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.1", {{"Forwarded", "for=1.2.3.4, for=unknown"}}), "10.0.0.1");
}

TEST(TrustedProxies, RefuseWhenBothHeadersNameOthers) {
  const Hops trusted = {"10.0.0.1"};
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}, {"Forwarded", "for=6.6.6.6"}}),
            "400");
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}, {"Forwarded", "for=1.2.3.4"}}),
            "1.2.3.4");
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.1", {{"Forwarded", "for="}}), "400");
  EXPECT_EQ(ClientBehind(trusted, "10.0.0.9", {{"Forwarded", "for="}}), "10.0.0.9");
}

TEST(TrustedProxies, OfUnixSocketsAreTrustedByTheirName) {
  const std::vector<Header> headers = {{"X-Forwarded-For", "6.6.6.6, 1.2.3.4"}};
  EXPECT_EQ(ClientBehind({}, "unix", headers), "unix");
  EXPECT_EQ(ClientBehind({"0.0.0.0/0", "::/0"}, "unix", headers), "unix");
  EXPECT_EQ(ClientBehind({"unix:"}, "unix", headers), "1.2.3.4");
  EXPECT_EQ(ClientBehind({"unix:"}, "unix", {{"Forwarded", "for=1.2.3.4"}}), "1.2.3.4");
  EXPECT_EQ(ClientBehind({"unix:", "1.2.3.4"}, "unix", headers), "6.6.6.6");
  EXPECT_EQ(ClientBehind({"unix:"}, "unix", {}), "unix");
  EXPECT_EQ(ClientBehind({"unix:"}, "127.0.0.1", headers), "127.0.0.1");
  EXPECT_EQ(ClientBehind({"unix:"}, "unix", {{"X-Forwarded-For", "1.2.3.4"}, {"Forwarded", "for=6.6.6.6"}}),
            "400");
}

TEST(TrustedProxies, DoNotTakeAClientForAUnixSocketThatANameSays) {
  for (const char* hop : {"unix", "unix:", ""}) {
    EXPECT_EQ(ClientBehind({"10.0.0.1"}, "10.0.0.1", {{"X-Forwarded-For", hop}}), "10.0.0.1") << hop;
    EXPECT_EQ(ClientBehind({"unix:"}, "unix", {{"X-Forwarded-For", std::string("6.6.6.6, ") + hop}}), "unix")
        << hop;
  }
}

TEST(TrustedProxies, TakeAnIpv4PeerThatIsWrittenAsIpv6ForWhatItIs) {
  EXPECT_EQ(ClientBehind({}, "::ffff:1.2.3.4", {}), "1.2.3.4");
  EXPECT_EQ(ClientBehind({"10.0.0.0/8"}, "::ffff:10.0.0.1", {{"X-Forwarded-For", "::ffff:1.2.3.4"}}),
            "1.2.3.4");
  EXPECT_EQ(ClientBehind({"::ffff:10.0.0.1"}, "10.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}}), "1.2.3.4");
}

TEST(ForwardingHeader, IsNamedAsTheClientWroteIt) {
  EXPECT_EQ(ForwardingHeaderOf({"GET", "/", "", {{"Host", "localhost"}, {"X-Request-Id", "a"}}}), nullptr);
  EXPECT_EQ(*ForwardingHeaderOf({"GET", "/", "", {{"Host", "localhost"}, {"CF-ray", "a"}}}), "CF-ray");
}

TEST(TrustedProxies, ThatAreNoneNameTheFlag) {
  EXPECT_EQ(TrustedProxies::Parse({"10.0.0.0/8", "10.0.0.0/99"})
                .error()
                .message.find("--trusted-proxy: '10.0.0.0/99'"),
            0U);
}

TEST(ClientKey, OfIpv6IsItsNetwork) {
  EXPECT_EQ(ClientKeyOf("2001:db8:1:2:3::4"), ClientKeyOf("2001:db8:1:2:ffff::"));
  EXPECT_NE(ClientKeyOf("2001:db8:1:2::"), ClientKeyOf("2001:db8:1:3::"));
  EXPECT_NE(ClientKeyOf("1.2.3.4"), ClientKeyOf("1.2.3.5"));
  EXPECT_NE(ClientKeyOf("::ffff:1.2.3.4"), ClientKeyOf("::ffff:1.2.3.5"));
  EXPECT_EQ(ClientKeyOf("unix"), "unix");
}

}  // namespace
}  // namespace keymeter::query_api
