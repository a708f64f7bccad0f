#include "query-api/front/head_scanner.h"

#include <gtest/gtest.h>

#include "query-api/http/url.h"

namespace keymeter::query_api {
namespace {

constexpr int kUnfinished = 0;
constexpr int kWhole = 200;

int StatusOf(std::string_view bytes) {
  const auto end = HeadScanner(bytes).Scan();
  if (!end) return end.error().status;
  return *end ? kWhole : kUnfinished;
}

std::string Repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// A head of that many bytes, most of them in one value.
std::string HeadOf(std::size_t bytes) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  return head + std::string(bytes - head.size() - 4, 'x') + "\r\n\r\n";
}

TEST(HeadScanner, FindsTheEndOfTheFirstHead) {
  const std::string head = "GET /a?b=c HTTP/1.1\r\nHost: a\r\nEmpty:\r\n\r\n";
  HeadScanner scanner(head);
  EXPECT_EQ(*scanner.Scan(), head.size());
  EXPECT_EQ(scanner.method(), "GET");
  EXPECT_EQ(scanner.target(), "/a?b=c");
  EXPECT_EQ(*HeadScanner(head + "\x16\nwhatever follows").Scan(), head.size());
  EXPECT_EQ(*HeadScanner("GET / HTTP/1.0\r\n\r\n").Scan(), 18U);
}

TEST(HeadScanner, WaitsForWhatMayBecomeAHead) {
  for (const char* bytes :
       {"", "G", "GET", "GET ", "GET /", "GET / ", "GET / HTTP/1", "GET / HTTP/1.1", "GET / HTTP/1.1\r",
        "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r", "GET / HTTP/1.1\r\nHost", "GET / HTTP/1.1\r\nHost:",
        "GET / HTTP/1.1\r\nHost: a\r", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r"})
    EXPECT_EQ(StatusOf(bytes), kUnfinished) << bytes;
}

TEST(HeadScanner, RefusesAtTheFirstByteThatIsWrong) {
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::pair<std::string, int> refused[] = {
      {"\r", 400},
      {"\n", 400},
      {" ", 400},
      {"\t", 400},
      {std::string(1, '\0'), 400},
      {"GET\t", 400},
      {"GET\r", 400},
      {"GET  ", 400},
      {"GET h", 400},
      {"GET a", 400},
      {"GET /\r", 400},
      {"GET /\t", 400},
      {"GET /#", 400},
      {"GET /\xC3", 400},
      {"GET /\x7F", 400},
      {"GET /  ", 400},
      {"GET / h", 400},
      {"GET / HTTP/1.1 ", 400},
      {"GET / HTTP/1.1\n", 400},
      {"GET / HTTP/1.1\r\r", 400},
      {"GET / HTTP/11", 400},
      {"GET / HTTP/1.2", 505},
      {"GET / HTTP/2.0", 505},
      {"GET / HTTP/0.9", 505},
      {line + " ", 400},
      {line + "\t", 400},
      {line + "\n", 400},
      {line + "\r\r", 400},
      {line + ":", 400},
      {line + "Host ", 400},
      {line + "Host\t", 400},
      {line + "Host\r", 400},
      {line + "H(", 400},
      {line + "H\xC3", 400},
      {line + "Host: a\n", 400},
      {line + "Host: a\r\r", 400},
      {line + "Host: a\rX", 400},
      {line + "Host: a\t", 400},
      {line + "Host: a\x7F", 400},
      {line + "Host: a" + std::string(1, '\0'), 400},
      {line + "Host: a\r\n ", 400},
      {line + "Host: a\r\n\t", 400},
      {line + "Host: a\r\n\r\r", 400},
  };
  for (const auto& [bytes, status] : refused) {
    EXPECT_EQ(StatusOf(bytes), status) << bytes;
    EXPECT_EQ(StatusOf(bytes.substr(0, bytes.size() - 1)), kUnfinished) << bytes;
    EXPECT_EQ(StatusOf(bytes + "\r\n\r\n"), status) << bytes;
  }
}

TEST(HeadScanner, TellsWhoSpeaksAnotherProtocolSo) {
  EXPECT_NE(HeadScanner("\x16\x03\x01").Scan().error().body.find("plain HTTP"), std::string::npos);
  EXPECT_EQ(StatusOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
}

TEST(HeadScanner, AsteriskIsOfOptionsOnly) {
  EXPECT_EQ(StatusOf("OPTIONS * HTTP/1.1\r\n\r\n"), kWhole);
  EXPECT_EQ(StatusOf("GET * HTTP/1.1\r\n"), 400);
  EXPECT_EQ(StatusOf("OPTIONS *a HTTP/1.1\r\n"), 400);
}

TEST(HeadScanner, AMethodIsAShortToken) {
  for (const std::string& method :
       std::vector<std::string>{"BREW", "get", "M-SEARCH", std::string(kMaxMethodBytes, 'M')})
    EXPECT_EQ(StatusOf(method + " / HTTP/1.1\r\n\r\n"), kWhole) << method;
  EXPECT_EQ(StatusOf(std::string(kMaxMethodBytes + 1, 'M')), 400);
}

TEST(HeadScanner, ATargetIsBounded) {
  const std::string longest = "GET /" + std::string(kMaxTargetBytes - 1, 'x');
  EXPECT_EQ(StatusOf(longest + " HTTP/1.1\r\n\r\n"), kWhole);
  EXPECT_EQ(StatusOf(longest), kUnfinished);
  EXPECT_EQ(StatusOf(longest + "x"), 414);
}

TEST(HeadScanner, AHeadIsBounded) {
  EXPECT_EQ(*HeadScanner(HeadOf(kMaxHeadBytes)).Scan(), kMaxHeadBytes);
  EXPECT_EQ(StatusOf(HeadOf(kMaxHeadBytes + 1)), 431);
  EXPECT_EQ(StatusOf(HeadOf(kMaxHeadBytes + 1).substr(0, kMaxHeadBytes - 1)), kUnfinished);
  EXPECT_EQ(StatusOf(HeadOf(kMaxHeadBytes + 1).substr(0, kMaxHeadBytes)), 431);
}

TEST(HeadScanner, HeaderLinesAreCounted) {
  const std::string most = "GET / HTTP/1.1\r\n" + Repeated("X: y\r\n", kMaxHeaderLines);
  EXPECT_EQ(StatusOf(most + "\r\n"), kWhole);
  EXPECT_EQ(StatusOf(most + "X"), 431);
}

}  // namespace
}  // namespace keymeter::query_api
