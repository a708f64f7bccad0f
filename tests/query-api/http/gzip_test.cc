#include "query-api/http/gzip.h"

#include <gtest/gtest.h>

#include "tests/support/gunzip.h"

namespace keymeter::query_api {
namespace {

TEST(Gzip, GivesBackWhatItWas) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{1'000'000}}) {
    std::string bytes(size, ' ');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * i % 251);
    EXPECT_EQ(Gunzip(Gzip(bytes)), bytes) << size;
  }
}

TEST(Gzip, APieceAfterTheOtherIsOneMember) {
  GzipWriter writer(1);
  std::string out;
  for (const char* piece : {"one ", "", "two "}) writer.Add(piece, false, out);
  writer.Add("three", true, out);
  EXPECT_EQ(Gunzip(out), "one two three");
}

TEST(Gzip, WithoutItsLastPieceIsNotWhole) {
  GzipWriter writer(1);
  std::string out;
  writer.Add("half", false, out);
  EXPECT_EQ(Gunzip(out), std::nullopt);
}

}  // namespace
}  // namespace keymeter::query_api
