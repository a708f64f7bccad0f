#include "processor/redis/output_buffer.h"

#include <gtest/gtest.h>

namespace keymeter::processor {
namespace {

TEST(PubSubLimit, IsTheOneOfSubscribers) {
  const auto limit = PubSubLimit("normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->hard_bytes, 33'554'432);
  EXPECT_EQ(limit->soft_bytes, 8'388'608);
  EXPECT_EQ(limit->soft_seconds, 60);
}

TEST(PubSubLimit, IsNotFoundWhereItIsNotSaid) {
  for (const char* text :
       {"", "pubsub", "pubsub 1 2", "normal 0 0 0", "pubsub a b c", "normal 0 0 pubsub 1 2 3", "   "})
    EXPECT_FALSE(PubSubLimit(text)) << text;
}

constexpr const char* kClients =
    "id=3 addr=127.0.0.1:1 name= qbuf=0 obl=0 oll=0 omem=17 tot-mem=22298 cmd=subscribe user=id=33\n"
    "id=33 addr=127.0.0.1:2 name=omem=5 obl=0 oll=41 omem=839680 events=rw\n";

TEST(OutputBufferBytes, AreThoseOfTheClientWithThatId) {
  EXPECT_EQ(OutputBufferBytes(kClients, 33), 839'680);
  EXPECT_EQ(OutputBufferBytes(kClients, 3), 17);
}

TEST(OutputBufferBytes, AreUnknownOfOthers) {
  EXPECT_FALSE(OutputBufferBytes(kClients, 4));
  EXPECT_FALSE(OutputBufferBytes("", 3));
  EXPECT_FALSE(OutputBufferBytes("id=3 addr=127.0.0.1:1\n", 3));
  EXPECT_FALSE(OutputBufferBytes("id=3 omem=\n\nid=", 3));
}

}  // namespace
}  // namespace keymeter::processor
