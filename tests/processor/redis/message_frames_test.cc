#include "processor/redis/message_frames.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

class MessageFramesTest : public ::testing::Test {
 protected:
  static std::string Frame(std::string_view channel, std::string_view payload) {
    return fmt::format("*3\r\n$7\r\nmessage\r\n${}\r\n{}\r\n${}\r\n{}\r\n", channel.size(), channel,
                       payload.size(), payload);
  }
  std::size_t SizeOf(std::string_view bytes) { return frames_.First(bytes).size; }

  MessageFrames frames_{{"__keyevent@0__:hset", "__keyevent@0__:del"}};
};

TEST_F(MessageFramesTest, FindsChannelAndPayload) {
  const std::string bytes = Frame("__keyevent@0__:del", "usage:k:model:daily:m:2026-11-20") + "*3\r\n";
  const MessageFrames::Message found = frames_.First(bytes);
  EXPECT_EQ(found.channel, 1U);
  EXPECT_EQ(found.payload, "usage:k:model:daily:m:2026-11-20");
  EXPECT_EQ(found.payload.data(), bytes.data() + bytes.find("usage:"));
  EXPECT_EQ(found.size, bytes.size() - 4);
}

TEST_F(MessageFramesTest, FindsOneChannelAfterTheOther) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(frames_.First(Frame("__keyevent@0__:hset", "apikey:1")).channel, 0U);
    EXPECT_EQ(frames_.First(Frame("__keyevent@0__:del", "apikey:1")).channel, 1U);
  }
}

TEST_F(MessageFramesTest, LeavesWhatIsNotWhole) {
  const std::string bytes = Frame("__keyevent@0__:hset", "usage:k");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(SizeOf(std::string_view(bytes).substr(0, size)), 0U) << size;
  EXPECT_EQ(SizeOf(bytes), bytes.size());
}

TEST_F(MessageFramesTest, LeavesWhatIsNoMessageOfItsChannels) {
  for (const char* bytes :
       {"*2\r\n$4\r\npong\r\n$0\r\n\r\n................................................................",
        "*3\r\n$7\r\nmessage\r\n$19\r\n__keyevent@1__:hset\r\n$7\r\nusage:k\r\n........",
        "*3\r\n$7\r\nmessage\r\n$20\r\n__keyevent@0__:hset2\r\n$7\r\nusage:k\r\n........",
        "*4\r\n$8\r\npmessage\r\n$19\r\n__keyevent@0__:hset\r\n$7\r\nusage:k\r\n........"})
    EXPECT_EQ(SizeOf(bytes), 0U) << bytes;
}

TEST_F(MessageFramesTest, LeavesLengthsThatOnlyAParserMayJudge) {
  const std::string head = "*3\r\n$7\r\nmessage\r\n$19\r\n__keyevent@0__:hset\r\n$";
  for (const char* rest :
       {"\r\nusage:k\r\n.....", "07\r\nusage:k\r\n...", "-1\r\nusage:k\r\n...", "7x\r\nusage:k\r\n...",
        "7\nusage:k\r\n.....", "1000000\r\nusage:k", "7\r\nusage:k..........", "6\r\nusage:k\r\n....."})
    EXPECT_EQ(SizeOf(head + rest), 0U) << rest;
  EXPECT_EQ(SizeOf(head + "0\r\n\r\n........"), head.size() + 5);
}

}  // namespace

}  // namespace keymeter::processor
