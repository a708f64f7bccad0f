#include "processor/redis/pubsub_reader.h"

#include <gtest/gtest.h>

#include "tests/support/allocation_count.h"
#include "tests/support/counting_sink.h"

namespace keymeter::processor {

namespace {

using Lines = std::vector<std::string>;

class Heard : public PubSubSink {
 public:
  Lines lines;

  void OnMessage(std::size_t channel, std::string_view payload) override {
    lines.push_back(fmt::format("message {} {}", channel, payload));
  }
  void OnSubscribed(std::size_t channel) override { lines.push_back(fmt::format("subscribed {}", channel)); }
  void OnPong(std::string_view text) override { lines.push_back(fmt::format("pong {}", text)); }
  void OnLongMessage(std::size_t channel) override { lines.push_back(fmt::format("long {}", channel)); }
  void OnStatus() override { lines.emplace_back("status"); }
  void OnClientId(std::int64_t id) override { lines.push_back(fmt::format("id {}", id)); }
  void OnError(std::string_view text) override { lines.push_back(fmt::format("error {}", text)); }
};

const std::vector<std::string>& Channels() {
  static const std::vector<std::string> channels = {"__keyevent@0__:hset", "__keyevent@0__:del"};
  return channels;
}

std::string Bulk(std::string_view text) {
  return fmt::format("${}\r\n{}\r\n", text.size(), text);
}

std::string Message(std::string_view channel, std::string_view payload) {
  return "*3\r\n" + Bulk("message") + Bulk(channel) + Bulk(payload);
}

Lines HeardOf(std::string_view bytes) {
  Heard heard;
  PubSubReader reader(Channels(), heard);
  EXPECT_TRUE(reader.Feed(bytes));
  return heard.lines;
}

TEST(PubSubReader, HandsOnAMessageWithItsChannelsPlace) {
  EXPECT_EQ(HeardOf(Message(Channels()[0], "usage:k") + Message(Channels()[1], "apikey:k")),
            (Lines{"message 0 usage:k", "message 1 apikey:k"}));
}

TEST(PubSubReader, TakesAnyBytesForAPayload) {
  const std::string payload("\r\n\0*3\xff", 6);
  EXPECT_EQ(HeardOf(Message(Channels()[0], payload)), Lines{"message 0 " + payload});
  EXPECT_EQ(HeardOf(Message(Channels()[0], "")), Lines{"message 0 "});
  EXPECT_EQ(HeardOf(Message(Channels()[0], "message")), Lines{"message 0 message"});
}

TEST(PubSubReader, KeepsNothingOfAPayloadThatIsTooLong) {
  Heard heard;
  PubSubReader reader(Channels(), heard);
  std::string payload;
  while (payload.size() < 70'000'000) payload += Message(Channels()[1], "forged");
  const std::string bytes = Message(Channels()[1], payload) + Message(Channels()[0], "a");
  constexpr std::size_t kPiece = 65'536;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece)
    ASSERT_TRUE(reader.Feed(std::string_view(bytes).substr(at, kPiece)));
  EXPECT_EQ(heard.lines, (Lines{"long 1", "message 0 a"}));
}

/// Whether the connection would be closed, and nothing of it was handed on.
bool IsRefused(std::string_view bytes) {
  Heard heard;
  PubSubReader reader(Channels(), heard);
  const Status fed = reader.Feed(bytes);
  return !fed && fed.error().code == ErrorCode::kCorrupt && heard.lines.empty();
}

TEST(PubSubReader, TellsTheOtherRepliesOfASubscribedConnectionApart) {
  EXPECT_EQ(HeardOf("+OK\r\n"), Lines{"status"});
  EXPECT_EQ(HeardOf(":5\r\n"), Lines{"id 5"});
  EXPECT_EQ(HeardOf("*2\r\n" + Bulk("pong") + Bulk("n0nce")), Lines{"pong n0nce"});
  EXPECT_EQ(HeardOf("*3\r\n" + Bulk("subscribe") + Bulk(Channels()[1]) + ":1\r\n"), Lines{"subscribed 1"});
  EXPECT_EQ(HeardOf("-NOAUTH Authentication required.\r\n"), Lines{"error NOAUTH Authentication required."});
}

TEST(PubSubReader, RefusesWhatIsNeitherAMessageNorAnAnswer) {
  for (const std::string& bytes : std::vector<std::string>{
           Message("__keyevent@1__:hset", "usage:k"), "+PONG\r\n", "+QUEUED\r\n", "$2\r\nOK\r\n", "$-1\r\n",
           "*0\r\n", "*-1\r\n", "*3\r\n$-1\r\n$-1\r\n$-1\r\n", "*1\r\n*1\r\n:1\r\n",
           "*2\r\n" + Bulk("pong") + ":1\r\n", "*3\r\n" + Bulk("pong") + Bulk("") + Bulk(""),
           "*2\r\n" + Bulk("message") + Bulk(Channels()[0]),
           "*3\r\n" + Bulk("message") + Bulk(Channels()[0]) + ":1\r\n",
           "*3\r\n" + Bulk("subscribe") + Bulk("other") + ":1\r\n",
           "*3\r\n" + Bulk("unsubscribe") + Bulk(Channels()[0]) + ":0\r\n",
           "*9\r\n" + Bulk("555") + Bulk("555"), "*3\r\n-ERR\r\n:1\r\n:1\r\n"})
    EXPECT_TRUE(IsRefused(bytes)) << bytes;
}

TEST(PubSubReader, DoesNotTakeTheChannelOfTheMessageBefore) {
  Heard heard;
  PubSubReader reader(Channels(), heard);
  EXPECT_FALSE(reader.Feed(Message(Channels()[1], "a") + "*3\r\n" + Bulk("message") + "$-1\r\n" + Bulk("b")));
  EXPECT_EQ(heard.lines, Lines{"message 1 a"});
}

TEST(PubSubReader, HearsTheSameWhereverTheBytesAreSplit) {
  const std::string bytes = "+OK\r\n*3\r\n" + Bulk("subscribe") + Bulk(Channels()[0]) + ":1\r\n" +
                            Message(Channels()[0], "usage:k:model:hourly:gpt-5:2026-11-20:20") +
                            Message(Channels()[1], "") + "*2\r\n" + Bulk("pong") + Bulk("") +
                            Message(Channels()[0], "last");
  const Lines whole = HeardOf(bytes);
  ASSERT_EQ(whole.size(), 6U);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    Heard heard;
    PubSubReader reader(Channels(), heard);
    ASSERT_TRUE(reader.Feed(std::string_view(bytes).substr(0, split)));
    ASSERT_TRUE(reader.Feed(std::string_view(bytes).substr(split)));
    ASSERT_EQ(heard.lines, whole) << "split at " << split;
  }
  Heard heard;
  PubSubReader reader(Channels(), heard);
  for (char byte : bytes) ASSERT_TRUE(reader.Feed({&byte, 1}));
  EXPECT_EQ(heard.lines, whole) << "byte by byte";
}

TEST(PubSubReader, ErrsOnWhatIsNotTheProtocol) {
  for (const char* bytes :
       {"HTTP/1.1 400 Bad Request\r\n", "*x\r\n", "$x\r\n", "garbage", "\r\n", "*-7\r\n"}) {
    Heard heard;
    PubSubReader reader(Channels(), heard);
    const Status fed = reader.Feed(bytes);
    ASSERT_FALSE(fed) << bytes;
    EXPECT_EQ(fed.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(heard.lines, Lines{});
  }
}

TEST(PubSubReader, StartsAnewForANewConnection) {
  Heard heard;
  PubSubReader reader(Channels(), heard);
  const std::string message = Message(Channels()[0], "usage:k");
  ASSERT_TRUE(reader.Feed(std::string_view(message).substr(0, 30)));
  reader.Reset();
  ASSERT_TRUE(reader.Feed(message));
  EXPECT_FALSE(reader.Feed("garbage"));
  reader.Reset();
  ASSERT_TRUE(reader.Feed(message));
  EXPECT_EQ(heard.lines, (Lines{"message 0 usage:k", "message 0 usage:k"}));
}

TEST(PubSubReader, TakesNoMemoryForAMessage) {
  if (!testing::CountsAllocations()) GTEST_SKIP() << "a sanitizer owns malloc";
  constexpr std::size_t kMessages = 1000;
  std::string bytes;
  for (std::size_t i = 0; i < kMessages; ++i)
    bytes += Message(Channels()[i % 2], fmt::format("usage:k{}:model:hourly:gpt-5:2026-11-20:20", i));
  testing::CountingSink heard;
  PubSubReader reader(Channels(), heard);
  const auto feed = [&] {
    // As a socket gives them: in pieces that end anywhere.
    constexpr std::size_t kPiece = 4001;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece)
      if (!reader.Feed(std::string_view(bytes).substr(at, kPiece))) return false;
    return true;
  };
  ASSERT_TRUE(feed());
  const std::size_t before = testing::AllocationCount();
  bool is_fed = true;
  for (int round = 0; round < 10; ++round) is_fed = feed() && is_fed;
  const std::size_t after = testing::AllocationCount();
  ASSERT_TRUE(is_fed);
  EXPECT_EQ(heard.messages, 11 * kMessages);
  EXPECT_EQ(after - before, 0U);
}

}  // namespace

}  // namespace keymeter::processor
