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
    reader.Release();
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
    for (auto reply = reader.Next(); reply && *reply != nullptr; reply = reader.Next()) {
      heard += ShapeOf(**reply);
      reader.Release();
    }
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
    EXPECT_EQ(TextsOf(reader, header), Texts{"replies of more than 64 MB"}) << header;
  }
}

TEST(ReplyReader, KeepsAllRepliesUntilTheyAreReleased) {
  ReplyReader reader;
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += fmt::format("*2\r\n:{}\r\n$3\r\nabc\r\n", i);
  reader.Feed(bytes);
  std::vector<const Reply*> held;
  for (auto reply = reader.Next(); reply && *reply != nullptr; reply = reader.Next()) held.push_back(*reply);
  reader.WipeTaken();
  ASSERT_EQ(held.size(), 1000U);
  for (std::size_t i = 0; i < held.size(); ++i)
    ASSERT_EQ(ShapeOf(*held[i]), fmt::format("array(integer {} text abc)", i));
}

TEST(ReplyReader, CountsAllThatItHolds) {
  ReplyReader reader;
  const std::string text = "+" + std::string(60'000, 'x') + "\r\n";  // a line is no value to be left out
  reader.Feed("*10000\r\n");
  ASSERT_TRUE(reader.Next());
  int count = 0;
  for (bool is_ok = true; is_ok && count < 10'000; ++count) {
    reader.Feed(text);
    const auto reply = reader.Next();
    is_ok = reply.has_value();
    if (!is_ok) {
      EXPECT_EQ(reply.error().message, "replies of more than 64 MB");
    }
    reader.WipeTaken();
  }
  EXPECT_NEAR(count, static_cast<int>(kMostReplyBytes / 60'000), 30);
}

TEST(ReplyReader, CountsAnewAfterARelease) {
  ReplyReader reader;
  const std::string text(1048576, 'x');
  for (int i = 0; i < 70; ++i) ASSERT_EQ(TextsOf(reader, "$1048576\r\n" + text + "\r\n"), Texts{text});
}

/// Feeds it in pieces of 60 KB, as a socket gives them.
std::string ShapesOf(ReplyReader& reader, std::string_view bytes) {
  constexpr std::size_t kPiece = 60'000;
  std::string shapes;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    reader.Feed(bytes.substr(at, kPiece));
    for (auto reply = reader.Next(); reply && *reply != nullptr; reply = reader.Next()) {
      shapes += IsTooLong(**reply) ? "too long" : ShapeOf(**reply);
      reader.Release();
    }
    reader.WipeTaken();
  }
  return shapes;
}

TEST(ReplyReader, PutsAnErrorIntoThePlaceOfATextThatIsTooLong) {
  ReplyReader reader;
  std::string text = "$70000000\r\n";
  text.resize(text.size() + 70'000'000, 'x');
  text += "\r\n";
  EXPECT_EQ(ShapesOf(reader, "*3\r\n$1\r\na\r\n" + text + "$1\r\nb\r\n+OK\r\n"),
            fmt::format("array(text a line {} text b)line OK", kTooLongText));
  EXPECT_EQ(ShapesOf(reader, text + ":5\r\n"), "too longinteger 5");
}

TEST(ReplyReader, LeavesRoomForShortTextsAmongManyLongOnes) {
  ReplyReader reader;
  std::string bytes = "*2000\r\n";
  const std::string text = "$900000\r\n" + std::string(900'000, 'x') + "\r\n";
  for (int i = 0; i < 100; ++i) bytes += text;
  for (int i = 100; i < 2000; ++i) bytes += "$1\r\na\r\n";
  reader.Feed(bytes);
  const auto reply = reader.Next();
  ASSERT_TRUE(reply && *reply != nullptr);
  EXPECT_EQ(TextOf(*(*reply)->element[0]).size(), 900'000U);
  EXPECT_TRUE(IsTooLong(*(*reply)->element[99]));
  EXPECT_EQ(TextOf(*(*reply)->element[1999]), "a");
}

TEST(ReplyReader, LeavesRoomForNumbersAmongManyTextsOfAnyLength) {
  for (const std::size_t length : {100U, 4000U, 16'000U, 60'000U}) {
    ReplyReader reader;
    const std::size_t count = 2 * kMostReplyBytes / (length + 200);
    std::string bytes = fmt::format("*{}\r\n", count + 2000);
    const std::string text = fmt::format("${}\r\n{}\r\n", length, std::string(length, 'x'));
    for (std::size_t i = 0; i < count; ++i) bytes += text;
    for (int i = 0; i < 2000; ++i) bytes += "$1\r\na\r\n";
    reader.Feed(bytes);
    const auto reply = reader.Next();
    ASSERT_TRUE(reply && *reply != nullptr) << length;
    EXPECT_EQ(TextOf(*(*reply)->element[0]).size(), length);
    EXPECT_TRUE(IsTooLong(*(*reply)->element[count - 1])) << length;
    EXPECT_EQ(TextOf(*(*reply)->element[count + 1999]), "a");
  }
}

TEST(ReplyReader, KeepsNothingOfATextWithoutAnEnd) {
  ReplyReader reader;
  const std::string megabyte(1048576, 'x');
  EXPECT_EQ(TextsOf(reader, "$9223372036854775000\r\n"), Texts{std::string(kTooLongText)});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(TextsOf(reader, megabyte), Texts{});
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
