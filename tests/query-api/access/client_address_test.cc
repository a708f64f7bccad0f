#include "query-api/access/client_address.h"

#include <gtest/gtest.h>

#include "query-api/access/forwarded.h"

namespace keymeter::query_api {
namespace {

using Hops = std::vector<std::string>;

TEST(IpNetwork, HoldsTheAddressesOfItsPrefix) {
  const struct {
    const char* network;
    const char* inside;
    const char* outside;
  } cases[] = {
      {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
      {"10.1.2.4/30", "10.1.2.7", "10.1.2.8"},
      {"10.1.2.3", "10.1.2.3", "10.1.2.4"},
      {"10.1.2.3", "::ffff:10.1.2.3", "::10.1.2.3"},
      {"0.0.0.0/0", "1.2.3.4", "::1"},
      {"fd00::/8", "fdff::1", "fe00::1"},
      {"2001:db8:8000::/33", "2001:db8:ffff::", "2001:db8:7fff::"},
      {"::1", "::1", "::2"},
  };
  for (const auto& c : cases) {
    const auto network = IpNetwork::Parse(c.network);
    ASSERT_TRUE(network) << network.error().message;
    EXPECT_TRUE(network->Contains(*IpAddress::Parse(c.inside))) << c.network << c.inside;
    EXPECT_FALSE(network->Contains(*IpAddress::Parse(c.outside))) << c.network << c.outside;
  }
  EXPECT_TRUE(IpNetwork::Parse("::/0")->Contains(*IpAddress::Parse("1.2.3.4")));
}

TEST(IpNetwork, ThatIsNoneIsRefused) {
  for (const char* text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/8/8", "10.0.0/8",
        "010.0.0.0/8", "localhost", "fd00::/129", "fd00::1/64", "10.1.2.3/8", "10.0.0.0/ 8", "[::1]"}) {
    const auto network = IpNetwork::Parse(text);
    EXPECT_FALSE(network) << text;
  }
}

TEST(IpAddress, HasOneForm) {
  EXPECT_EQ(IpAddress::Parse("2001:DB8:0:0:0:0:0:1")->ToString(), "2001:db8::1");
  EXPECT_EQ(IpAddress::Parse("::ffff:1.2.3.4")->ToString(), "1.2.3.4");
  EXPECT_EQ(IpAddress::ParseWithPort("1.2.3.4:80")->ToString(), "1.2.3.4");
  EXPECT_EQ(IpAddress::ParseWithPort("[::1]:80")->ToString(), "::1");
  EXPECT_EQ(IpAddress::ParseWithPort("[::1]")->ToString(), "::1");
  EXPECT_EQ(IpAddress::ParseWithPort("fe80::1")->ToString(), "fe80::1");
  for (const char* text : {"", ":80", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:65536", "[::1", "[::1]x",
                           "[::1]:", "[1.2.3.4]", "[]", "1.2.3", "fe80::1%eth0", "unknown", "_hidden"})
    EXPECT_FALSE(IpAddress::ParseWithPort(text)) << text;
}

TEST(Forwarded, IsReadByItsGrammar) {
  EXPECT_EQ(*ForwardedHops("for=192.0.2.60"), (Hops{"192.0.2.60"}));
  EXPECT_EQ(*ForwardedHops("For=\"[2001:db8::1]:4711\";proto=http;by=203.0.113.43, for=10.0.0.1"),
            (Hops{"[2001:db8::1]:4711", "10.0.0.1"}));
  EXPECT_EQ(*ForwardedHops("for=\"a,b;c\\\"d\" , proto=https"), (Hops{"a,b;c\"d", ""}));
  EXPECT_EQ(*ForwardedHops("for=unknown ; by=_x"), (Hops{"unknown"}));
  EXPECT_EQ(*ForwardedHops(""), (Hops{""}));
  for (const char* text :
       {"for", "for=", "=x", "for=\"x", "for=\"x\\", "for=x y", "for=x;for=y", "for=\"x\"y", "for =x"})
    EXPECT_FALSE(ForwardedHops(text)) << text;
}

TEST(Forwarded, ForIsAListOfAddresses) {
  EXPECT_EQ(ForwardedForHops("1.2.3.4"), (Hops{"1.2.3.4"}));
  EXPECT_EQ(ForwardedForHops(" 1.2.3.4 ,\t::1,"), (Hops{"1.2.3.4", "::1", ""}));
}

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
}

}  // namespace
}  // namespace keymeter::query_api
