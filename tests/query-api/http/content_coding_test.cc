#include "query-api/http/content_coding.h"

#include <gtest/gtest.h>

#include "query-api/http/shared_body.h"
#include "tests/support/gunzip.h"

namespace keymeter::query_api {
namespace {

Request Accepting(const std::string& value) {
  return {"GET", "/", "", {{"Accept-Encoding", value}}};
}

Response TextOf(std::size_t bytes) {
  Response response;
  response.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  response.body = std::string(bytes, 'x');
  return response;
}

std::string CodingOf(const Response& response) {
  const std::string* coding = response.FindHeader("Content-Encoding");
  return coding == nullptr ? "" : *coding;
}

TEST(AcceptEncoding, NamesGzipInAnyCaseOrTakesEverything) {
  for (const char* text : {"gzip", "GZIP", "x-gzip", "deflate, gzip;q=1.0, *;q=0.5", "gzip ; q=0.001", "*",
                           "br,*;q=0.1", "gzip;q=0.5,identity;q=0.5", " , gzip,, "})
    EXPECT_TRUE(ParseAcceptEncoding(text).gzip) << text;
}

TEST(AcceptEncoding, RefusesGzipByWeightOrPrefersNone) {
  for (const char* text : {"", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "br", "gzip;q=0, *",
                           "gzip;q=0.3, identity;q=0.5", "gzipped"})
    EXPECT_FALSE(ParseAcceptEncoding(text).gzip) << text;
}

TEST(AcceptEncoding, MalformedElementsCountForNothing) {
  for (const char* text : {"gzip;q=2", "gzip;q=1.5", "gzip;q=x", "gzip;q=", "gzip;q=0.1234", "gzip;level=9",
                           "gzip;q", "gzip;q=1.001"})
    EXPECT_FALSE(ParseAcceptEncoding(text).gzip) << text;
  EXPECT_TRUE(ParseAcceptEncoding("br;q=oops, gzip;q=0.5").gzip);
}

TEST(AcceptEncoding, IdentityIsTakenUnlessItIsRefused) {
  for (const char* text : {"", "gzip", "*", "identity;q=0.1", "*;q=0, identity"})
    EXPECT_TRUE(ParseAcceptEncoding(text).identity) << text;
  for (const char* text : {"identity;q=0", "gzip, *;q=0"})
    EXPECT_FALSE(ParseAcceptEncoding(text).identity) << text;
}

TEST(Encoded, LongTextsAreCodedAndGiveBackWhatTheyWere) {
  const Response response = Encoded(Accepting("gzip"), TextOf(100'000));
  EXPECT_EQ(CodingOf(response), "gzip");
  EXPECT_LT(response.Bytes().size(), 1000U);
  EXPECT_EQ(Gunzip(response.Bytes()), std::string(100'000, 'x'));
}

TEST(Encoded, ShortTextsAreCodedOnlyForWhoTakesNothingElse) {
  EXPECT_EQ(CodingOf(Encoded(Accepting("gzip"), TextOf(kLeastBytesToCode - 1))), "");
  EXPECT_EQ(CodingOf(Encoded(Accepting("gzip"), TextOf(kLeastBytesToCode))), "gzip");
  EXPECT_EQ(CodingOf(Encoded(Accepting("gzip, identity;q=0"), TextOf(2))), "gzip");
}

TEST(Encoded, EveryTextAndEvery304SaysThatItDepends) {
  EXPECT_EQ(*Encoded(Accepting("gzip"), TextOf(5000)).FindHeader("Vary"), "Accept-Encoding");
  EXPECT_EQ(*Encoded({}, TextOf(5)).FindHeader("Vary"), "Accept-Encoding");
  Response not_modified;
  not_modified.status = 304;
  const Response response = Encoded(Accepting("gzip"), not_modified);
  EXPECT_EQ(*response.FindHeader("Vary"), "Accept-Encoding");
  EXPECT_EQ(CodingOf(response), "");
}

TEST(Encoded, WhatIsNoTextIsLeftAlone) {
  Response response = TextOf(5000);
  response.headers.front().value = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const Response sent = Encoded(Accepting("gzip"), response);
  EXPECT_EQ(sent.body, response.body);
  EXPECT_EQ(sent.FindHeader("Vary"), nullptr);
}

TEST(Encoded, SeveralHeadersAreOneList) {
  const Request request{"GET", "/", "", {{"Accept-Encoding", "br"}, {"accept-encoding", "gzip"}}};
  EXPECT_EQ(CodingOf(Encoded(request, TextOf(5000))), "gzip");
}

TEST(Encoded, ASharedBodyIsCompressedOnceForAll) {
  Response response = TextOf(0);
  response.shared_body = std::make_shared<const SharedBody>(std::string(5000, 'y'));
  const std::size_t before = response.shared_body->MemoryBytes();
  const Response first = Encoded(Accepting("gzip"), response);
  const Response second = Encoded(Accepting("gzip"), response);
  EXPECT_EQ(&first.Bytes(), &second.Bytes());
  EXPECT_EQ(Gunzip(first.Bytes()), std::string(5000, 'y'));
  EXPECT_GT(response.shared_body->MemoryBytes(), before);
  EXPECT_EQ(Encoded({}, response).Bytes(), std::string(5000, 'y'));
}

TEST(Encoded, AStreamIsCodedPieceByPiece) {
  Response response = TextOf(0);
  response.stream_bytes = 300'000;
  response.stream = [left = 3](std::string& piece) mutable -> Result<bool> {
    for (int i = 0; i < 10'000; ++i) piece += fmt::format("{:010}", i * 7919 * left);
    return --left > 0;
  };
  const Response sent = Encoded(Accepting("gzip"), std::move(response));
  EXPECT_EQ(CodingOf(sent), "gzip");
  EXPECT_FALSE(sent.stream_bytes);
  const auto plain = Gunzip(BodyOf(sent));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->size(), 300'000U);
  EXPECT_TRUE(plain->ends_with(fmt::format("{:010}", 9999 * 7919)));
}

TEST(Encoded, AStreamThatFailsIsNoWholeGzip) {
  Response response = TextOf(0);
  response.stream = [has_failed = false](std::string& piece) mutable -> Result<bool> {
    if (std::exchange(has_failed, true)) return Fail(ErrorCode::kUnavailable, "no more");
    piece += "half";
    return true;
  };
  const Response sent = Encoded(Accepting("gzip"), std::move(response));
  std::string body;
  EXPECT_TRUE(sent.stream(body));
  EXPECT_FALSE(sent.stream(body));
  EXPECT_EQ(Gunzip(body), std::nullopt);
}

}  // namespace
}  // namespace keymeter::query_api
