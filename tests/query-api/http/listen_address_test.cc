#include "query-api/http/listen_address.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

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
