#include "query-api/exports/zip_directory.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace keymeter::query_api {
namespace {

using namespace std::string_literals;

/// A central directory with one entry of 5 unpacked bytes, and its end: what the search reads of a file.
std::string ZipWith(const std::string& name) {
  std::string header = "PK\1\2"s + std::string(20, '\0') + "\5\0\0\0"s;
  header += std::string(1, static_cast<char>(name.size())) + std::string(17, '\0') + name;
  std::string end = "PK\5\6"s + std::string(8, '\0') + std::string(1, static_cast<char>(header.size()));
  return header + end + std::string(9, '\0');
}

class ZipDirectory : public ::testing::Test {
 protected:
  Result<std::uint64_t> BytesOfEntry(const std::string& bytes, const std::string& name) {
    auto file = SpoolFile::Create(directory_.File("."), 1'000'000);
    EXPECT_TRUE(file && file->Append(bytes) && file->Flush());
    return FindZipEntryBytes(*file, name);
  }

  keymeter::testing::TempDir directory_;
};

TEST_F(ZipDirectory, SaysHowLargeAnEntryIs) {
  EXPECT_EQ(BytesOfEntry(ZipWith("sheet.xml"), "sheet.xml").value(), 5U);
}

TEST_F(ZipDirectory, AnEntryThatIsMissingIsAnError) {
  const auto bytes = BytesOfEntry(ZipWith("sheet.xml"), "other.xml");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::kUnavailable);
}

TEST_F(ZipDirectory, WhatIsCutOffOrNoZipIsAnError) {
  const std::string whole = ZipWith("sheet.xml");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(BytesOfEntry(whole.substr(0, size), "sheet.xml")) << size;
  for (const std::string& bytes : {std::string(), "PK"s, std::string(1000, 'x'),
                                   "PK\5\6"s + std::string(8, '\0') + std::string(10, '\xff')})
    EXPECT_FALSE(BytesOfEntry(bytes, "sheet.xml"));
}

}  // namespace
}  // namespace keymeter::query_api
