#include "benchmarks/relay_load/redis_url.h"

#include <gtest/gtest.h>

namespace keymeter::relay_load {
namespace {

TEST(RedisUrl, FillsInWhatIsNotSaid) {
  const RedisUrl url = ParseRedisUrl("redis://cache.example").value();
  EXPECT_EQ(url.Address(), "cache.example:6379/0");
  EXPECT_EQ(url.password, "");
}

TEST(RedisUrl, ReadsAllParts) {
  const RedisUrl url = ParseRedisUrl("redis://relay:p%40ss%3A@[::1]:6390/3").value();
  EXPECT_EQ(url.user, "relay");
  EXPECT_EQ(url.password, "p@ss:");
  EXPECT_EQ(url.Address(), "[::1]:6390/3");
  EXPECT_EQ(ParseRedisUrl("redis://:only@h:1").value().user, "");
}

TEST(RedisUrl, RefusesWithoutRepeatingThePassword) {
  for (const char* wrong :
       {"http://:hunter2@h", "redis://hunter2@h:1", "redis://:hunter2@:1", "redis://:hunter2@h:0",
        "redis://:hunter2@h:1/x", "redis://:hunter2%zz@h", "redis://:hunter2@[::1"}) {
    const auto url = ParseRedisUrl(wrong);
    ASSERT_FALSE(url.has_value()) << wrong;
    EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos) << url.error().message;
  }
}

}  // namespace
}  // namespace keymeter::relay_load
