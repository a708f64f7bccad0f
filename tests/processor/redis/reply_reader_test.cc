#include "processor/redis/reply_reader.h"

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

/// Of a reply and all its parts: "array(text nil integer 5)".
std::string ShapeOf(const Reply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_NIL:
      return "nil";
    case REDIS_REPLY_INTEGER:
      return fmt::format("integer {}", reply.integer);
    case REDIS_REPLY_ARRAY: {
      std::string text = "array(";
      for (std::size_t i = 0; i < reply.elements; ++i)
        text += (i == 0 ? "" : " ") + ShapeOf(*reply.element[i]);
      return text + ")";
    }
    default:
      return fmt::format("{} {}", reply.type == REDIS_REPLY_STRING ? "text" : "line", TextOf(reply));
  }
}

TEST(ReplyReader, TellsWhatIsNotThereFromWhatIsEmpty) {
  ReplyReader reader;
  reader.Feed("*6\r\n$1\r\na\r\n$-1\r\n$0\r\n\r\n:-5\r\n*0\r\n*-1\r\n$-1\r\n+OK\r\n");
  for (const char* shape : {"array(text a nil text  integer -5 array() nil)", "nil", "line OK"}) {
    const auto reply = reader.Next();
    ASSERT_TRUE(reply && *reply != nullptr) << shape;
    EXPECT_EQ(ShapeOf(**reply), shape);
  }
}

TEST(ReplyReader, HandsOutRepliesOfAnySizeInAnyPieces) {
  std::string bytes;
  std::string expected;
  for (std::size_t i = 0; i < 200; ++i) {  // from less than is lent at once to more than the arena holds
    const std::string text(i * 131, static_cast<char>('a' + i % 26));
    bytes += fmt::format("*2\r\n:{}\r\n${}\r\n{}\r\n", i, text.size(), text);
    expected += fmt::format("array(integer {} text {})", i, text);
  }
  ReplyReader reader;
  std::string heard;
  constexpr std::size_t kPiece = 10'007;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    reader.Feed(std::string_view(bytes).substr(at, kPiece));
    for (auto reply = reader.Next(); reply && *reply != nullptr; reply = reader.Next())
      heard += ShapeOf(**reply);
    reader.WipeTaken();
  }
  EXPECT_TRUE(heard == expected);
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
