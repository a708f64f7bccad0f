#include "processor/redis/scan_reply.h"

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

bool IsScan(std::string_view bytes) {
  ReplyReader reader;
  reader.Feed(bytes);
  return IsScanReply(*reader.Next().value());
}

TEST(ScanReply, IsACursorAndAnArray) {
  EXPECT_TRUE(IsScan("*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n"));
  EXPECT_TRUE(IsScan("*2\r\n$2\r\n17\r\n*0\r\n"));
}

TEST(ScanReply, IsNothingElse) {
  EXPECT_FALSE(IsScan("-ERR unknown command\r\n"));
  EXPECT_FALSE(IsScan("*1\r\n$1\r\n0\r\n"));
  EXPECT_FALSE(IsScan("*2\r\n:0\r\n*0\r\n"));
  EXPECT_FALSE(IsScan("*2\r\n$1\r\n0\r\n$1\r\na\r\n"));
}

}  // namespace

}  // namespace keymeter::processor
