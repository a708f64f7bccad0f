#include "query-api/access/ip_network.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

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

}  // namespace
}  // namespace keymeter::query_api
