#include "schema/host_port.h"

#include <gtest/gtest.h>

namespace keymeter {
namespace {

TEST(SplitHostPort, GivesBothHalves) {
  const struct {
    const char* text;
    const char* host;
    std::optional<std::string_view> port;
    bool is_bracketed;
  } cases[] = {{"127.0.0.1:8787", "127.0.0.1", "8787", false},
               {"localhost", "localhost", std::nullopt, false},
               {"[::1]:8787", "::1", "8787", true},
               {"[::1]", "::1", std::nullopt, true},
               {"::1:8787", "::1", "8787", false},
               {"a:b", "a", "b", false},
               {"host:", "host", "", false},
               {"[]:1", "", "1", true},
               {":1", "", "1", false},
               {"", "", std::nullopt, false}};
  for (const auto& c : cases) {
    const auto parts = SplitHostPort(c.text);
    ASSERT_TRUE(parts) << c.text;
    EXPECT_EQ(parts->host, c.host) << c.text;
    EXPECT_EQ(parts->port, c.port) << c.text;
    EXPECT_EQ(parts->is_bracketed, c.is_bracketed) << c.text;
  }
}

TEST(SplitHostPort, RefusesUnfinishedBrackets) {
  for (const char* text : {"[::1", "[", "[::1]8787", "[::1]x:80"}) EXPECT_FALSE(SplitHostPort(text)) << text;
}

TEST(ParsePort, TakesDecimalNumbersOf16Bits) {
  EXPECT_EQ(ParsePort("0"), 0);
  EXPECT_EQ(ParsePort("65535"), 65535);
  for (const char* text : {"", "65536", "-1", "+1", " 1", "1 ", "0x1", "http"})
    EXPECT_FALSE(ParsePort(text)) << text;
}

TEST(JoinHostPort, PutsIpv6InBrackets) {
  EXPECT_EQ(JoinHostPort("127.0.0.1", 8787), "127.0.0.1:8787");
  EXPECT_EQ(JoinHostPort("::1", 0), "[::1]:0");
}

}  // namespace
}  // namespace keymeter
