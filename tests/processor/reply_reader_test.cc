#include "processor/reply_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace keymeter::processor {

namespace {

/// The texts of the replies that are whole; the last one is the error when the bytes are refused.
std::vector<std::string> TextsOf(ReplyReader& reader, std::string_view bytes) {
  std::vector<std::string> texts;
  reader.Feed(bytes);
  while (true) {
    const auto reply = reader.Next();
    if (!reply) texts.push_back(reply.error().message);
    if (!reply || *reply == nullptr) break;
    texts.emplace_back(TextOf(**reply));
  }
  reader.WipeTaken();
  return texts;
}

using Texts = std::vector<std::string>;

TEST(ReplyReader, HandsOutWholeReplies) {
  ReplyReader reader;
  EXPECT_EQ(TextsOf(reader, "+PONG\r\n$5\r\nhe"), Texts{"PONG"});
  EXPECT_EQ(TextsOf(reader, "llo\r\n-NOPERM no\r\n"), (Texts{"hello", "NOPERM no"}));
}

TEST(ReplyReader, RefusesWhatIsNoReply) {
  ReplyReader reader;
  EXPECT_EQ(TextsOf(reader, "+OK\r\nHTTP/1.1 400"),
            (Texts{"OK", "not the Redis protocol: Protocol error, got \"H\" as reply type byte"}));
}

TEST(ReplyReader, RefusesDeepNesting) {
  ReplyReader reader;
  std::string arrays;
  for (int i = 0; i < 10; ++i) arrays += "*1\r\n";
  ASSERT_EQ(TextsOf(reader, arrays).size(), 1U);
}

TEST(ReplyReader, RefusesAnArrayBeforeItMakesRoomForIt) {
  for (const char* header : {"*2147483647\r\n", "*2000000\r\n"}) {
    ReplyReader reader;
    EXPECT_EQ(TextsOf(reader, header), Texts{"a reply of more than 64 MB"}) << header;
  }
}

TEST(ReplyReader, CountsAllThatAReplyHolds) {
  ReplyReader reader;
  const std::string megabyte = "$1048576\r\n" + std::string(1048576, 'x') + "\r\n";
  EXPECT_EQ(TextsOf(reader, "*100\r\n"), Texts{});
  for (int i = 0; i < 63; ++i) ASSERT_EQ(TextsOf(reader, megabyte), Texts{});
  EXPECT_EQ(TextsOf(reader, megabyte), Texts{"a reply of more than 64 MB"});
}

TEST(ReplyReader, CountsEachReplyAnew) {
  ReplyReader reader;
  const std::string text(1048576, 'x');
  for (int i = 0; i < 70; ++i) ASSERT_EQ(TextsOf(reader, "$1048576\r\n" + text + "\r\n"), Texts{text});
}

TEST(ReplyReader, RefusesATextWithoutAnEnd) {
  ReplyReader reader;
  const std::string megabyte(1048576, 'x');
  Texts texts = TextsOf(reader, "$9223372036854775000\r\n");
  int count = 0;
  for (; texts.empty() && count < 100; ++count) texts = TextsOf(reader, megabyte);
  EXPECT_EQ(texts, Texts{"a reply of more than 64 MB"});
  EXPECT_EQ(count, 64);
}

TEST(ReplyReader, RefusesALineWithoutAnEnd) {
  ReplyReader reader;
  EXPECT_EQ(TextsOf(reader, "+" + std::string(60'000, 'x')), Texts{});
  EXPECT_EQ(TextsOf(reader, std::string(10'000, 'x')),
            Texts{"not the Redis protocol: a line of more than 64 KB"});
}

TEST(ReplyReader, BeginsAnewForANewConnection) {
  ReplyReader reader;
  EXPECT_EQ(TextsOf(reader, "*2147483647\r\n").size(), 1U);
  reader.Reset();
  EXPECT_EQ(TextsOf(reader, "+PONG\r\n"), Texts{"PONG"});
}

}  // namespace

}  // namespace keymeter::processor
