#include "query-api/access/host_names.h"

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

HostNames Ours() {
  HostNames names;
  for (const char* name : {"localhost", "127.0.0.1", "::1", "[2001:db8::7]", "Meter.Internal", ""})
    names.Add(name);
  return names;
}

TEST(HostNames, ContainEachWritingOfAName) {
  const HostNames ours = Ours();
  for (const char* authority :
       {"localhost", "LOCALHOST", "localhost:8787", "localhost:", "localhost:0", "localhost:65535",
        "localhost.", "localhost.:8787", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:8787", "[0:0::1]:8787",
        "[::ffff:127.0.0.1]", "[2001:DB8:0::7]", "meter.internal", "METER.INTERNAL.:443"})
    EXPECT_TRUE(ours.Contain(authority)) << authority;
}

TEST(HostNames, ContainNothingElse) {
  const HostNames ours = Ours();
  for (const char* authority : {"",
                                ".",
                                ":",
                                ":8787",
                                "evil.example",
                                "localhost.evil.example",
                                "evil.localhost",
                                "localhost..",
                                ".localhost",
                                "localhost@evil.example",
                                "localhost:80@evil.example",
                                "evil@localhost",
                                "evil.example@localhost:80",
                                ":@localhost",
                                "localhost:http",
                                "localhost:65536",
                                "localhost:-1",
                                "localhost:80:80",
                                "localhost/",
                                "localhost#",
                                "localhost ",
                                " localhost",
                                "localhost,evil.example",
                                "localhost%00",
                                "[localhost]",
                                "[127.0.0.1]",
                                "::1",
                                "::1:8787",
                                "[::1",
                                "[::1]x",
                                "[::1].",
                                "[::1%25lo]",
                                "127.1",
                                "2130706433",
                                "0x7f.1",
                                "127.0.0.2",
                                "http://localhost"})
    EXPECT_FALSE(ours.Contain(authority)) << authority;
}

TEST(HostNames, NoneContainNothing) {
  EXPECT_FALSE(HostNames().Contain(""));
  EXPECT_FALSE(HostNames().Contain("localhost"));
}

}  // namespace
}  // namespace keymeter::query_api
