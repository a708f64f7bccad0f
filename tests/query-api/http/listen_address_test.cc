#include "query-api/http/listen_address.h"

#include <string>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

struct Taken {
  std::string text;
  std::string canonical;
  bool is_loopback;
  bool is_everywhere;
  bool is_tls;
};

TEST(ListenAddress, TakesIpv4Ipv6UnixSocketsAndTls) {
  const std::string longest = "unix:/" + std::string(106, 'p');
  for (const Taken& of :
       {Taken{"127.0.0.1:8787", "127.0.0.1:8787", true, false, false},
        Taken{"127.8.0.1:0", "127.8.0.1:0", true, false, false},
        Taken{"localhost:8787", "127.0.0.1:8787", true, false, false},
        Taken{"10.0.0.1:65535", "10.0.0.1:65535", false, false, false},
        Taken{"0.0.0.0:8787", "0.0.0.0:8787", false, true, false},
        Taken{"[::1]:8787", "[::1]:8787", true, false, false},
        Taken{"[0:0:0::1]:8787", "[::1]:8787", true, false, false},
        Taken{"[2001:DB8::7]:80", "[2001:db8::7]:80", false, false, false},
        Taken{"[::]:8787", "[::]:8787", false, true, false},
        Taken{"[::ffff:127.0.0.1]:80", "127.0.0.1:80", true, false, false},
        Taken{"[::ffff:10.0.0.1]:80", "10.0.0.1:80", false, false, false},
        Taken{"[::ffff:0.0.0.0]:80", "0.0.0.0:80", false, true, false},
        Taken{"tls://0.0.0.0:8443", "tls://0.0.0.0:8443", false, true, true},
        Taken{"tls://[::]:8443", "tls://[::]:8443", false, true, true},
        Taken{"tls://localhost:8443", "tls://127.0.0.1:8443", true, false, true},
        Taken{"unix:/run/keymeter/api.sock", "unix:/run/keymeter/api.sock", true, false, false},
        Taken{longest, longest, true, false, false}}) {
    const auto address = ListenAddress::Parse(of.text, "--listen");
    ASSERT_TRUE(address) << of.text << ": " << address.error().Text();
    EXPECT_EQ(address->ToString(), of.canonical);
    EXPECT_EQ(address->IsLoopback(), of.is_loopback) << of.text;
    EXPECT_EQ(address->IsEverywhere(), of.is_everywhere) << of.text;
    EXPECT_EQ(address->is_tls, of.is_tls) << of.text;
    EXPECT_EQ(address->IsUnix(), of.text.starts_with("unix:")) << of.text;
    EXPECT_EQ(ListenAddress::Parse(address->ToString(), "--listen")->ToString(), of.canonical);
  }
}

TEST(ListenAddress, HasTheHostWithoutBracketsAndThePort) {
  const auto address = ListenAddress::Parse("tls://[::1]:8443", "--listen");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->host, "::1");
  EXPECT_EQ(address->port, 8443);
  EXPECT_EQ(address->unix_path, "");
}

TEST(ListenAddress, HasThePathOfAUnixSocketAndNoHost) {
  const auto address = ListenAddress::Parse("unix:/run/api.sock", "--listen");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->unix_path, "/run/api.sock");
  EXPECT_EQ(address->host, "");
}

struct Refused {
  std::string text;
  std::string problem;
};

TEST(ListenAddress, RefusesTheRestNamingFlagTextAndRemedy) {
  const std::string zero("unix:/run/\0x", 12);
  for (const Refused& of : {Refused{"", "no port"},
                            Refused{"8787", "no port"},
                            Refused{"127.0.0.1", "no port"},
                            Refused{"[::1]", "no port"},
                            Refused{"[::1", "no port"},
                            Refused{"[::1]x:80", "no port"},
                            Refused{"127.0.0.1:", "the port is no number"},
                            Refused{"127.0.0.1:65536", "the port is no number"},
                            Refused{"127.0.0.1:-1", "the port is no number"},
                            Refused{"127.0.0.1:80s", "the port is no number"},
                            Refused{"127.0.0.1:80,9090", "the port is no number"},
                            Refused{"::1:80", "in brackets"},
                            Refused{"host.example:80", "no numeric address"},
                            Refused{":80", "no numeric address"},
                            Refused{"127.1:80", "no numeric address"},
                            Refused{"[]:80", "no numeric address"},
                            Refused{"[localhost]:80", "no numeric address"},
                            Refused{"[127.0.0.1]:80", "no numeric address"},
                            Refused{"[fe80::1%eth0]:80", "no numeric address"},
                            Refused{"tls://", "no port"},
                            Refused{"http://0.0.0.0:80", "HTTPS is tls://"},
                            Refused{"https://0.0.0.0:80", "HTTPS is tls://"},
                            Refused{"TLS://0.0.0.0:80", "HTTPS is tls://"},
                            Refused{"tls://unix:/run/api.sock", "no numeric address"},
                            Refused{"unix:", "begins with /"},
                            Refused{"unix:api.sock", "begins with /"},
                            Refused{"unix:@abstract", "begins with /"},
                            Refused{"unix:/run/", "names a file"},
                            Refused{"unix:/" + std::string(107, 'p'), "107 bytes"},
                            Refused{zero, "no zero byte"}}) {
    const auto address = ListenAddress::Parse(of.text, "--probe-listen");
    ASSERT_FALSE(address) << of.text;
    EXPECT_EQ(address.error().message.find("--probe-listen " + of.text + ": "), 0U) << of.text;
    EXPECT_NE(address.error().message.find(of.problem), std::string::npos) << address.error().message;
    EXPECT_NE(address.error().remedy.find("unix:/PATH"), std::string::npos) << of.text;
  }
}

TEST(ListenAddress, OfAListenerWithoutTlsIsAnythingElse) {
  const auto refused = ListenAddress::ParseWithoutTls("tls://127.0.0.1:8788", "--probe-listen");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "--probe-listen tls://127.0.0.1:8788: speaks no TLS");
  EXPECT_EQ(ListenAddress::ParseWithoutTls("[::1]:8788", "--probe-listen")->ToString(), "[::1]:8788");
  EXPECT_EQ(ListenAddress::ParseWithoutTls("unix:/p", "--probe-listen")->ToString(), "unix:/p");
  EXPECT_FALSE(ListenAddress::ParseWithoutTls("8788", "--probe-listen"));
}

TEST(ListenAddresses, KeepTheirOrder) {
  const auto addresses = ParseListenAddresses(
      {"127.0.0.1:8787", "[::1]:8787", "tls://0.0.0.0:8443", "unix:/a", "unix:/b"}, "--listen");
  ASSERT_TRUE(addresses);
  ASSERT_EQ(addresses->size(), 5U);
  EXPECT_EQ(addresses->at(1).ToString(), "[::1]:8787");
  EXPECT_EQ(addresses->at(4).ToString(), "unix:/b");
}

TEST(ListenAddresses, RefuseTheSameAddressTwiceHoweverItIsWritten) {
  for (const auto& [first, second] :
       {std::pair("127.0.0.1:80", "127.0.0.1:80"), std::pair("localhost:80", "127.0.0.1:80"),
        std::pair("[::1]:80", "[0::1]:80"), std::pair("10.0.0.1:80", "tls://10.0.0.1:80"),
        std::pair("0.0.0.0:80", "127.0.0.1:80"), std::pair("10.0.0.1:80", "0.0.0.0:80"),
        std::pair("[::]:80", "0.0.0.0:80"), std::pair("tls://[::]:80", "127.0.0.1:80"),
        std::pair("[::1]:80", "[::]:80"), std::pair("unix:/run/a", "unix:/run/a")}) {
    const auto addresses = ParseListenAddresses({"[::1]:9", first, second}, "--listen");
    ASSERT_FALSE(addresses) << first;
    EXPECT_EQ(addresses.error().message.find(std::string("--listen ") + second), 0U)
        << addresses.error().message;
  }
}

TEST(ListenAddresses, TakeIpv6BesideAllOfIpv4) {
  EXPECT_TRUE(ParseListenAddresses({"0.0.0.0:80", "[2001:db8::7]:80", "tls://[::]:443"}, "--listen"));
}

TEST(ListenAddresses, TakeAnyFreePortTwice) {
  EXPECT_TRUE(ParseListenAddresses({"127.0.0.1:0", "127.0.0.1:0", "tls://127.0.0.1:0"}, "--listen"));
}

}  // namespace
}  // namespace keymeter::query_api
