#include "query-api/front/inner_answer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

constexpr bool kToHead = true;
const std::string kOk = "HTTP/1.1 200 OK\r\n";

/// "200 [head] [body]", "waits" or "error".
std::string AnswerOutcome(std::string_view bytes, bool is_to_head = false) {
  const auto answer = ReadInnerAnswer(bytes, is_to_head);
  if (!answer) return "error";
  if (!*answer) return "waits";
  EXPECT_EQ((*answer)->bytes, bytes.size());
  return fmt::format("{} [{}] [{}]{}", (*answer)->status, (*answer)->head, (*answer)->body,
                     (*answer)->is_handed_over ? " handed over" : "");
}

/// Every part of it waits for the rest, and one byte more is too much.
std::string AnswerOfEverySplit(const std::string& bytes, bool is_to_head = false) {
  for (std::size_t end = 0; end < bytes.size(); ++end)
    EXPECT_EQ(AnswerOutcome(bytes.substr(0, end), is_to_head), "waits") << bytes << "\nup to byte " << end;
  EXPECT_EQ(AnswerOutcome(bytes + "H", is_to_head), "error") << bytes;
  return AnswerOutcome(bytes, is_to_head);
}

TEST(InnerAnswer, HasHeadAndBody) {
  const std::string head = kOk + "Date: now\r\nContent-Length: 2\r\nX: y\r\n";
  EXPECT_EQ(AnswerOfEverySplit(head + "\r\n[]"), "200 [" + head + "] [[]]");
  EXPECT_EQ(AnswerOfEverySplit(kOk + "content-length: 0\r\n\r\n"),
            "200 [" + kOk + "content-length: 0\r\n] []");
}

TEST(InnerAnswer, ToHeadHasNoBody) {
  const std::string head = kOk + "Content-Length: 5000000\r\n";
  EXPECT_EQ(AnswerOfEverySplit(head + "\r\n", kToHead), "200 [" + head + "] []");
  EXPECT_EQ(AnswerOfEverySplit(kOk + "X: hidden length\r\n\r\n", kToHead),
            "200 [" + kOk + "X: hidden length\r\n] []");
}

TEST(InnerAnswer, SomeStatusesHaveNoBody) {
  for (const std::string status : {"204", "304"}) {
    const std::string head = "HTTP/1.1 " + status + " Nothing\r\nETag: \"x\"\r\n";
    EXPECT_EQ(AnswerOfEverySplit(head + "\r\n"), fmt::format("{} [{}] []", status, head));
    EXPECT_EQ(AnswerOutcome(head + "Content-Length: 2\r\n\r\n"), "error");
  }
}

TEST(InnerAnswer, WhatIsHandedOverIsNotOnTheConnection) {
  const std::string head = kOk + "Content-Length: 5000000\r\n";
  EXPECT_EQ(AnswerOfEverySplit(head + "Keymeter-Handed-Over: 1\r\n\r\n"),
            "200 [" + head + "] [] handed over");
  const std::string upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n";
  EXPECT_EQ(AnswerOfEverySplit(upgrade + "Keymeter-Handed-Over: 1\r\n\r\n"),
            "101 [" + upgrade + "] [] handed over");
}

TEST(InnerAnswer, AnythingElseIsAnError) {
  const std::string length = "Content-Length: 2\r\n";
  const std::vector<std::string> malformed = {
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",  // without a session
      "HTTP/1.1 100 Continue\r\n\r\n",
      "HTTP/1.1 099 OK\r\n" + length + "\r\n[]",
      "HTTP/1.1 600 OK\r\n" + length + "\r\n[]",
      "HTTP/1.1 2x0 OK\r\n" + length + "\r\n[]",
      "HTTP/1.1 -20 OK\r\n" + length + "\r\n[]",
      "HTTP/1.1 2000 OK\r\n" + length + "\r\n[]",
      "HTTP/1.1 200\r\n" + length + "\r\n[]",
      "HTTP/1.1\r\n" + length + "\r\n[]",
      "HTTP/1.0 200 OK\r\n" + length + "\r\n[]",
      "\r\n" + kOk + length + "\r\n[]",
      "HTTP/1.1 200 O\nK\r\n" + length + "\r\n[]",
      kOk + "\r\n[]",  // up to the end of the connection
      kOk + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      kOk + length + "Transfer-Encoding: chunked\r\n\r\n[]",
      kOk + length + length + "\r\n[]",
      kOk + "Content-Length: 2, 2\r\n\r\n[]",
      kOk + "Content-Length: +2\r\n\r\n[]",
      kOk + "Content-Length: \r\n\r\n[]",
      kOk + "Content-Length: 9999999999999999999\r\n\r\n[]",
      kOk + "Content-Length: 65537\r\n\r\n",  // to be handed over
      kOk + length + " folded\r\n\r\n[]",
      kOk + length + "X : y\r\n\r\n[]",
      kOk + length + "X:y\r\n\r\n[]",
      kOk + length + ": y\r\n\r\n[]",
      kOk + length + "X\r\n\r\n[]",
      kOk + length + "X: a\nb\r\n\r\n[]",
      kOk + length + "X: a\rb\r\n\r\n[]",
      kOk + length + "X: a\tb\r\n\r\n[]",
      kOk + length + std::string("X: a\0b\r\n\r\n[]", 12),
      kOk + "Keymeter-Handed-Over: 1\r\n\r\n",  // without a length
      kOk + length + "Keymeter-Handed-Over: 0\r\n\r\n",
      kOk + "Keymeter-Handed-Over: 1\r\n" + length + "\r\n",  // not the last
      kOk + length + "Keymeter-Handed-Over: 1\r\nKeymeter-Handed-Over: 1\r\n\r\n",
      kOk + length + "\r\n[]" + kOk + length + "\r\n[]",  // two answers
  };
  for (const std::string& bytes : malformed) EXPECT_EQ(AnswerOutcome(bytes), "error") << bytes;
}

TEST(InnerAnswer, IsBounded) {
  const std::string longest = std::string(kMostInlineBody, 'x');
  EXPECT_NE(AnswerOutcome(kOk + fmt::format("Content-Length: {}\r\n\r\n", kMostInlineBody) + longest),
            "error");
  const std::string endless = kOk + "X: " + std::string(kMaxAnswerHeadBytes, 'x');
  EXPECT_EQ(AnswerOutcome(endless.substr(0, kMaxAnswerHeadBytes - 1)), "waits");
  EXPECT_EQ(AnswerOutcome(endless.substr(0, kMaxAnswerHeadBytes)), "error");
}

}  // namespace
}  // namespace keymeter::query_api
