#include "query-api/front/request_head.h"

#include <cctype>
#include <ostream>

#include <gtest/gtest.h>

namespace keymeter::query_api {
namespace {

/// What came of the bytes of a connection: a request ("GET /a?b"), a status, or "" as long as it is not
/// whole.
std::string Outcome(std::string_view bytes) {
  const auto head = ReadRequestHead(bytes);
  if (!head) return fmt::format("{}", head.error().response.status);
  if (!*head) return "";
  const Request& request = (*head)->request;
  return fmt::format("{} {}?{} of {}{}", request.method, request.path, request.query, (*head)->bytes,
                     (*head)->has_body ? " with body" : "");
}

/// Read as a whole, and again byte by byte: a part waits, or is refused as the whole is.
std::string OutcomeOfEverySplit(const std::string& bytes) {
  std::string whole = Outcome(bytes);
  for (std::size_t end = 0; end < bytes.size(); ++end) {
    const std::string part = Outcome(bytes.substr(0, end));
    if (part.empty()) continue;
    EXPECT_EQ(part, whole) << bytes << "\nup to byte " << end;
    if (part != whole) break;
  }
  return whole;
}

RequestHead HeadOf(std::string_view bytes) {
  auto head = ReadRequestHead(bytes);
  if (head && *head) return std::move(**head);
  ADD_FAILURE() << bytes;
  return {};
}

std::string DetailOf(std::string_view bytes) {
  const auto head = ReadRequestHead(bytes);
  return head ? "taken" : Json::parse(head.error().response.body).at("detail").get<std::string>();
}

TEST(RequestHead, HasTheRequest) {
  const std::string bytes =
      "GET /api/stats?a=1&b=%20? HTTP/1.1\r\nHost: localhost:8787\r\nX-Name:  Zo\xC3\xAB  \r\nEmpty:\r\n\r\n";
  const RequestHead head = HeadOf(bytes + "GET /next");
  EXPECT_EQ(head.request.method, "GET");
  EXPECT_EQ(head.request.path, "/api/stats");
  EXPECT_EQ(head.request.query, "a=1&b=%20?");
  ASSERT_EQ(head.request.headers.size(), 3U);
  EXPECT_EQ(*head.request.FindHeader("host"), "localhost:8787");
  EXPECT_EQ(*head.request.FindHeader("x-name"), "Zo\xC3\xAB");
  EXPECT_EQ(*head.request.FindHeader("empty"), "");
  EXPECT_EQ(head.bytes, bytes.size());
  EXPECT_TRUE(head.keeps_alive);
  EXPECT_FALSE(head.names_keep_alive);
  EXPECT_FALSE(head.has_body);
}

TEST(RequestHead, SaysWhetherTheConnectionIsKept) {
  EXPECT_FALSE(HeadOf("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").keeps_alive);
  EXPECT_FALSE(HeadOf("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n").keeps_alive);
  EXPECT_FALSE(HeadOf("GET / HTTP/1.0\r\n\r\n").keeps_alive);
  const RequestHead old = HeadOf("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(old.keeps_alive && old.names_keep_alive);
  const RequestHead post = HeadOf("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
  EXPECT_TRUE(post.has_body && !post.keeps_alive);
}

/// A refusal tells what the client did wrong; these texts are documented.
TEST(RequestHead, RefusalsSayWhy) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string length = "Content-Length: 3\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(DetailOf(get + "Host: b\r\n\r\n"), "a request takes Host once");
  EXPECT_EQ(DetailOf("GET / HTTP/1.1\r\n\r\n"), "a request of HTTP/1.1 needs Host");
  EXPECT_EQ(DetailOf(post + length + "content-length: 3\r\n\r\n"), "a request takes Content-Length once");
  EXPECT_EQ(DetailOf(post + length + "Content-Length: 4\r\n\r\n"), "a request takes Content-Length once");
  EXPECT_EQ(DetailOf(post + chunked + chunked + "\r\n"), "a request takes Transfer-Encoding once");
  for (const std::string& both : {length + chunked, chunked + length})
    EXPECT_EQ(DetailOf(post + both + "\r\n"),
              "a request takes Content-Length or Transfer-Encoding, not both");
  for (const char* bad :
       {"", "-1", "3, 3", "0x3", "3 3", "3;", "9999999999999999999", "99999999999999999999"})
    EXPECT_EQ(DetailOf(post + "Content-Length: " + bad + "\r\n\r\n"),
              "Content-Length takes a number of bytes")
        << bad;
  EXPECT_EQ(DetailOf(get + length + "\r\n"), "this method takes no body");
  EXPECT_EQ(DetailOf(get + " folded\r\n\r\n"), "the request's header has lines that are no headers");
  EXPECT_EQ(DetailOf(get + "X: tab\there\r\n"), "the value of X takes only printable UTF-8");
  EXPECT_EQ(DetailOf(get + "X: \xFF\r\n\r\n"), "the value of X takes only printable UTF-8");
}

TEST(RequestHead, ARefusalHasWhatCouldBeRead) {
  const auto head = ReadRequestHead("GET /a?b HTTP/1.1\r\nHost : a\r\n");
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().request.method, "GET");
  EXPECT_EQ(head.error().request.path, "/a");
  EXPECT_EQ(head.error().request.query, "b");
  EXPECT_EQ(ReadRequestHead("GET /a HTTP/1.1\r\n\r\n").error().request.path, "/a");
}

// What hides a request in another. Each of them is followed by a second request: it must be what remains in
// the buffer, whole, or the first is refused and the connection closed.

struct Smuggled {
  std::string name;
  std::string first;
  std::string outcome;
};

void PrintTo(const Smuggled& form, std::ostream* out) {
  *out << form.name;
}

constexpr std::string_view kSecond = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n";

std::string Taken(const std::string& what, const std::string& first) {
  return fmt::format("{} of {}", what, first.size());
}

/// A POST with these lines, and whatever follows its head.
std::string Post(const std::string& lines, const std::string& rest = "") {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + rest;
}

std::string Get(const std::string& lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

std::vector<Smuggled> Lengths() {
  const std::string chunk = "0\r\n\r\n";
  return {
      {"CL.TE", Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunk), "400"},
      {"TE.CL", Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunk), "400"},
      {"CL.0 of GET", Get("Content-Length: 34\r\n"), "413"},
      {"TE of GET", Get("Transfer-Encoding: chunked\r\n"), "413"},
      {"CL twice, same", Post("Content-Length: 5\r\nContent-Length: 5\r\n"), "400"},
      {"CL twice, other", Post("Content-Length: 5\r\nContent-Length: 0\r\n"), "400"},
      {"CL list", Post("Content-Length: 5, 5\r\n"), "400"},
      {"CL list of one", Post("Content-Length: 5,\r\n"), "400"},
      {"CL plus", Post("Content-Length: +5\r\n"), "400"},
      {"CL minus", Post("Content-Length: -5\r\n"), "400"},
      {"CL hexadecimal", Post("Content-Length: 0x5\r\n"), "400"},
      {"CL with blank inside", Post("Content-Length: 5 0\r\n"), "400"},
      {"CL with underscores", Post("Content-Length: 5_0\r\n"), "400"},
      {"CL empty", Post("Content-Length:\r\n"), "400"},
      {"CL beyond 64 bits", Post("Content-Length: 18446744073709551617\r\n"), "400"},
      {"CL of zero twice written", Get("Content-Length: 00\r\n"), "413"},
      {"CL with vertical TAB", Post("Content-Length:\v5\r\n"), "400"},
      {"TE twice", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), "400"},
      {"TE twice, other order", Post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), "400"},
      {"TE gzip, chunked", Post("Transfer-Encoding: gzip, chunked\r\n"), "501"},
      {"TE chunked, identity", Post("Transfer-Encoding: chunked, identity\r\n"), "501"},
      {"TE xchunked", Post("Transfer-Encoding: xchunked\r\n"), "501"},
      {"TE quoted", Post("Transfer-Encoding: \"chunked\"\r\n"), "501"},
      {"TE with parameter", Post("Transfer-Encoding: chunked;q=1\r\n"), "501"},
      {"TE empty", Post("Transfer-Encoding:\r\n"), "501"},
      {"TE of TAB", Post("Transfer-Encoding:\tchunked\r\n"), "400"},
      {"TE with vertical TAB", Post("Transfer-Encoding: \vchunked\r\n"), "400"},
      {"TE folded", Post("Transfer-Encoding:\r\n chunked\r\n"), "400"},
      {"TE before the colon", Post("Transfer-Encoding : chunked\r\n"), "400"},
      {"TE after a blank", Post(" Transfer-Encoding: chunked\r\n"), "400"},
      {"TE after a bare LF", Post("X: y\nTransfer-Encoding: chunked\r\n"), "400"},
      {"TE after a bare CR", Post("X: y\rTransfer-Encoding: chunked\r\n"), "400"},
      {"TE of HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk, "400"},
      {"TE with NUL", Post(std::string("Transfer-Encoding: chunked\0\r\n", 29)), "400"},
      {"CL with NUL", Post(std::string("Content-Length\0: 5\r\n", 20)), "400"},
      {"TE long s",
       Post("Tran\xC5\xBF"
            "fer-Encoding: chunked\r\n"),
       "400"},
  };
}

std::vector<Smuggled> Lines() {
  const std::string hidden = "X: y\r\n\r\n";
  return {
      {"empty line first", "\r\n" + Get(""), "400"},
      {"empty lines and blanks first", "\r\n\r\n    " + Get(""), "400"},
      {"bare LF first", "\n" + Get(""), "400"},
      {"blank first", " " + Get(""), "400"},
      {"bare LFs only", "GET / HTTP/1.1\nHost: a\n\n", "400"},
      {"bare LF after the line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400"},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400"},
      {"bare CR at the end", "GET / HTTP/1.1\r\nHost: a\r\n\r" + hidden, "400"},
      {"folded Host", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "400"},
      {"folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
      {"folded by TAB", Get("X: y\r\n\tz\r\n"), "400"},
      {"line without a colon", Get("X\r\n"), "400"},
      {"line without a name", Get(": y\r\n"), "400"},
      {"name with a blank", Get("X Y: z\r\n"), "400"},
      {"NUL in a value", Get(std::string("X: \0\r\n", 6)), "400"},
      {"Host twice", Get("Host: b\r\n"), "400"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"Authorization twice", Get("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), "400"},
      {"Connection twice", Get("Connection: close\r\nConnection: keep-alive\r\n"), "400"},
      {"Expect of something else", Post("Expect: 200-ok\r\nContent-Length: 1\r\n"), "417"},
      {"absolute-form", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"authority-form", "CONNECT b:80 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"target without a slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"fragment", "GET /#/admin HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"line in the target", "GET / HTTP/1.1\r\nX: HTTP/1.1\r\nHost: a\r\n", "400"},
      {"blank after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400"},
      {"HTTP/0.9", "GET /\r\n", "400"},
      {"HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400"},
      {"http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n", "400"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"TLS", "\x16\x03\x01\x02", "400"},
      {"WebSocket with a body", Get("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 9\r\n"),
       "413"},
  };
}

std::vector<Smuggled> Allowed() {
  const std::string plain = Get("");
  const std::string body = Post("Content-Length: 5\r\n");
  const std::string chunked = Post("tRANSFER-eNCODING:   ChUnKeD  \r\n");
  const std::string zero = Get("Content-Length: 0\r\n");
  const std::string options = "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string underscore = Get("Content_Length: 5\r\n");
  const std::string lower = "get / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string spread = Get("Via: a\r\nvia: b\r\n");
  return {
      {"plain", plain, Taken("GET /?", plain)},
      {"body", body, Taken("POST /?", body) + " with body"},
      {"chunked", chunked, Taken("POST /?", chunked) + " with body"},
      {"CL of zero", zero, Taken("GET /?", zero)},
      {"OPTIONS *", options, Taken("OPTIONS *?", options)},
      {"CL with underscore", underscore, Taken("GET /?", underscore)},
      {"method in lower case", lower, Taken("get /?", lower)},
      {"list in two lines", spread, Taken("GET /?", spread)},
  };
}

class Smuggling : public ::testing::TestWithParam<Smuggled> {};

TEST_P(Smuggling, OneAnswerForOneQuestion) {
  const auto& [name, first, outcome] = GetParam();
  EXPECT_EQ(OutcomeOfEverySplit(first + std::string(kSecond)), outcome) << name;
}

std::string NameOf(const ::testing::TestParamInfo<Smuggled>& test) {
  std::string name = fmt::format("{}_{}", test.index, test.param.name);
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Lengths, Smuggling, ::testing::ValuesIn(Lengths()), NameOf);
INSTANTIATE_TEST_SUITE_P(Lines, Smuggling, ::testing::ValuesIn(Lines()), NameOf);
INSTANTIATE_TEST_SUITE_P(Allowed, Smuggling, ::testing::ValuesIn(Allowed()), NameOf);

TEST(RequestHead, RequestsInOneGoStayInTheirOrder) {
  std::string bytes = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3";
  for (const char* path : {"/1", "/2"}) {
    const RequestHead head = HeadOf(bytes);
    EXPECT_EQ(head.request.path, path);
    bytes.erase(0, head.bytes);
  }
  EXPECT_EQ(bytes, "GET /3");
  EXPECT_EQ(Outcome(bytes), "");
}

}  // namespace
}  // namespace keymeter::query_api
