#include "query-api/http/content_coding.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "query-api/http/shared_body.h"
#include "query-api/http/spool_file.h"
#include "tests/support/gunzip.h"
#include "tests/support/temp_dir.h"

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

/// Texts in files.
class EncodedFile : public ::testing::Test {
 protected:
  EncodedFile() {
    for (int i = 0; i < 30'000; ++i) text_ += fmt::format("{:010}", i * 7919);
  }
  [[nodiscard]] Response InFile(const std::string& text, SpoolRoom room) const {
    Response response = TextOf(0);
    auto file = SpoolFile::Create(directory_.path().string(), 1'000'000);
    EXPECT_TRUE(file && file->Append(text));
    response.file = *file->TakeBody();
    response.file->room = std::move(room);
    response.file->keeps.push_back(kept_);
    return response;
  }
  [[nodiscard]] SpoolRoom Room(std::uint64_t bytes = 1'000'000) const {
    return {.directory = directory_.path().string(), .bytes = bytes};
  }
  void ExpectPlain(const Response& response) const {
    EXPECT_EQ(CodingOf(response), "");
    EXPECT_EQ(*response.FindHeader("Vary"), "Accept-Encoding");
    EXPECT_EQ(BodyOf(response), text_);
    EXPECT_EQ(kept_.use_count(), 2);
  }

  keymeter::testing::TempDir directory_;
  std::string text_;
  std::shared_ptr<const int> kept_ = std::make_shared<const int>(1);
};

TEST_F(EncodedFile, IsCompressedIntoAnotherWhoseLengthIsKnown) {
  const Response sent = Encoded(Accepting("gzip"), InFile(text_, Room()));
  EXPECT_EQ(CodingOf(sent), "gzip");
  EXPECT_LT(sent.file->bytes, text_.size());
  EXPECT_EQ(Gunzip(BodyOf(sent)), text_);
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(EncodedFile, KeepsWhatThePlainOneKept) {
  {
    const Response sent = Encoded(Accepting("gzip"), InFile(text_, Room()));
    EXPECT_EQ(kept_.use_count(), 2);
  }
  EXPECT_EQ(kept_.use_count(), 1);
}

TEST_F(EncodedFile, IsCodedHoweverShortItIs) {
  EXPECT_EQ(Gunzip(BodyOf(Encoded(Accepting("gzip"), InFile("x", Room())))), "x");
  EXPECT_EQ(Gunzip(BodyOf(Encoded(Accepting("gzip"), InFile("", Room())))), "");
}

TEST_F(EncodedFile, StaysPlainForWhoTakesNoCoding) {
  ExpectPlain(Encoded(Accepting("identity"), InFile(text_, Room())));
}

TEST_F(EncodedFile, StaysPlainWhereItsCopyHasNoRoom) {
  ExpectPlain(Encoded(Accepting("gzip"), InFile(text_, Room(1000))));
  ExpectPlain(Encoded(Accepting("gzip"), InFile(text_, {.directory = "/nonexistent", .bytes = 1'000'000})));
  ExpectPlain(Encoded(Accepting("gzip"), InFile(text_, {})));
}

TEST_F(EncodedFile, StaysPlainWhenTheServerStops) {
  SpoolRoom room = Room();
  room.is_stopping = [] { return true; };
  ExpectPlain(Encoded(Accepting("gzip"), InFile(text_, room)));
}

TEST(Encoded, AHeadWhoseLengthIsUnknownNamesTheCodingOfItsGet) {
  Response response = TextOf(0);
  response.hides_length = true;
  const Response sent = Encoded(Accepting("gzip"), response);
  EXPECT_EQ(CodingOf(sent), "gzip");
  EXPECT_EQ(sent.Bytes(), "");
}

}  // namespace
}  // namespace keymeter::query_api
