#include "query-api/front/answer_bytes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

std::vector<std::string> PiecesOf(AnswerBytes& bytes) {
  std::vector<std::string> pieces;
  for (;;) {
    const auto piece = bytes.Next();
    if (!piece) return {"error"};
    if (piece->empty()) return pieces;
    pieces.emplace_back(*piece);
  }
}

std::string Joined(const std::vector<std::string>& pieces) {
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  return all;
}

class AnswerBytesTest : public ::testing::Test {
 protected:
  std::shared_ptr<FileBody> File(const std::string& content) {
    const std::string path = directory_.File("body");
    testing::WriteFile(path, content);
    auto body = std::make_shared<FileBody>();
    body->file = FileDescriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    body->bytes = content.size();
    return body;
  }

  testing::TempDir directory_;
};

TEST_F(AnswerBytesTest, AShortBodyComesWithItsHead) {
  AnswerBytes bytes({.head = "head", .body = "body"}, true);
  EXPECT_EQ(PiecesOf(bytes), std::vector<std::string>{"headbody"});
  AnswerBytes head({.head = "head", .body = "body"}, false);
  EXPECT_EQ(PiecesOf(head), std::vector<std::string>{"head"});
}

TEST_F(AnswerBytesTest, LongBodiesAndFilesComeInPieces) {
  const std::string content(3 * AnswerBytes::kPieceBytes + 5, 'x');
  AnswerBytes body({.head = "head", .shared_body = std::make_shared<const std::string>(content)}, true);
  AnswerBytes file({.head = "head", .file = File(content)}, true);
  for (AnswerBytes* const bytes : {&body, &file}) {
    const auto pieces = PiecesOf(*bytes);
    EXPECT_EQ(pieces.size(), 5U);
    EXPECT_EQ(Joined(pieces), "head" + content);
  }
}

TEST_F(AnswerBytesTest, EmptyBodiesAreNoPiece) {
  AnswerBytes body({.head = "head", .shared_body = std::make_shared<const std::string>()}, true);
  AnswerBytes file({.head = "head", .file = File("")}, true);
  EXPECT_EQ(PiecesOf(body), std::vector<std::string>{"head"});
  EXPECT_EQ(PiecesOf(file), std::vector<std::string>{"head"});
}

TEST_F(AnswerBytesTest, AFileThatBecameShorterIsAnError) {
  const auto file = File("0123456789");
  ASSERT_EQ(::ftruncate(file->file.number(), 0), 0);
  AnswerBytes bytes({.head = "head", .file = file}, true);
  EXPECT_EQ(PiecesOf(bytes), std::vector<std::string>{"error"});
}

TEST_F(AnswerBytesTest, AFileCountsItsOwnBytes) {
  const auto file = File("0123456789");
  AnswerBytes bytes({.head = "head", .file = file}, true);
  bytes.Taken(3);
  EXPECT_EQ(file->sent, 0U);
  bytes.Taken(5);
  EXPECT_EQ(file->sent, 4U);
}

TEST_F(AnswerBytesTest, TellsWhichBodyItKeepsInMemory) {
  const auto body = std::make_shared<const std::string>(100'000, 'x');
  EXPECT_EQ(AnswerBytes({.head = "head", .shared_body = body}, true).body(), body.get());
  EXPECT_EQ(AnswerBytes({.head = "head", .shared_body = body}, false).body(), nullptr);
  EXPECT_EQ(AnswerBytes({.head = "head", .file = File("x")}, true).body(), nullptr);
}

}  // namespace
}  // namespace keymeter::query_api
