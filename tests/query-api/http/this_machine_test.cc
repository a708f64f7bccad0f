#include "query-api/http/this_machine.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

TEST(IsThisMachine, IsLoopbackAndAUnixSocket) {
  for (const std::string_view address :
       {"127.0.0.1", "127.255.255.255", "::1", "0:0::1", "::ffff:127.0.0.1", "unix"})
    EXPECT_TRUE(IsThisMachine(address)) << address;
  EXPECT_EQ(kUnixPeer, "unix");
}

TEST(IsThisMachine, IsNothingElse) {
  for (const std::string_view address :
       {"", "126.255.255.255", "128.0.0.1", "0.0.0.0", "10.0.0.1", "::", "::2", "2001:db8::1", "::127.0.0.1",
        "::ffff:10.0.0.1", "127.", "127.0.0.1.example", "localhost", "Unix", "unix:", "unix:/run/api.sock"})
    EXPECT_FALSE(IsThisMachine(address)) << address;
  EXPECT_FALSE(IsThisMachine(std::string_view("::1\0", 4)));
}

}  // namespace
}  // namespace keymeter::query_api
